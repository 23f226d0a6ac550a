from django.urls import path

from booking.request_flow import views

app_name = "request_flow"
urlpatterns = [
    path("", views.start, name="start"),
    path("stop/", views.stop, name="stop"),
    path("<uuid:key>/sent/", views.sent, name="sent"),
    path("<uuid:key>/<slug:step>/", views.step, name="step"),
]
