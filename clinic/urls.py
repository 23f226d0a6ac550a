from django.contrib import admin
from django.urls import include, path, re_path

from booking.desk import expired_form
from booking.maintenance import health, metrics
from booking.request_flow import views as request_flow
from booking.request_flow.home import home
from booking.request_flow.team import team
from clinic import views
from clinic.brand import views as brand
from clinic.web import errors
from procedures.editing import expired_form as expired_editing
from procedures.sitemap import sitemap

urlpatterns = [
    path("", home, name="home"),
    path("team/", team, name="team"),
    path("visit-us/", views.visit_us, name="visit_us"),
    path("danger-signs/", views.danger_signs, name="danger_signs"),
    path("", include("booking.urls")),
    path("admin/desk/", include("booking.desk.urls")),
    path("admin/", include("clinic.accounts.sign_in.urls")),  # before the admin, whose own sign-in it replaces
    path("admin/account/", include("clinic.accounts.urls")),
    path("admin/", admin.site.urls),
    re_path(r"^brand/(?P<light>[0-9a-f]{6})-(?P<dark>[0-9a-f]{6})\.css$", brand.stylesheet, name="brand_sheet"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("healthz", health.healthz, name="healthz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("", include("procedures.urls")),
    re_path(r"^.+/$", errors.page_not_found),  # last; only with a slash, so that a URL without one is redirected first
]

# Each function may show a form that failed the CSRF check again, so that nothing typed is lost.
SHOW_AGAIN = (request_flow.show_again, expired_form.show_again, expired_editing.show_again)


def csrf_failure(request, reason=""):
    shown = (show_again(request) for show_again in SHOW_AGAIN)
    return next(filter(None, shown), None) or errors.csrf_failure(request, reason)


handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
