from django.contrib import admin
from django.urls import include, path, re_path

from booking.views.home import home
from clinic import errors, health, views
from procedures.sitemap import sitemap

urlpatterns = [
    path("", home, name="home"),
    path("team/", views.team, name="team"),
    path("visit-us/", views.visit_us, name="visit_us"),
    path("", include("booking.urls")),
    path("admin/desk/", include("booking.desk.urls")),
    path("admin/", admin.site.urls),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("healthz", health.healthz, name="healthz"),
    path("", include("procedures.urls")),
    re_path(r"^.+/$", errors.page_not_found),  # last; only with a slash, so that an address without one is mended first
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
