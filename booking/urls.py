"""The public URLs: the request, and the page behind the private link."""

from django.urls import include, path

from booking.request_flow.website import views as website

urlpatterns = [
    path("open-times.json", website.as_json, name="open_times_json"),
    path("open-times.html", website.as_html, name="open_times_html"),
    path("request/", include("booking.request_flow.urls")),
    path("visit/", include("booking.patient_page.urls")),  # patients have links to these URLs
]
