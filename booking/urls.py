"""The public URLs: the request, and the page behind the private link."""

from django.urls import include, path

urlpatterns = [
    path("request/", include("booking.request_flow.urls")),
    path("visit/", include("booking.patient_page.urls")),  # patients have links to these URLs
]
