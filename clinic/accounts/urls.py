from django.urls import path

from clinic.accounts import views

app_name = "account"
urlpatterns = [
    path("", views.account, name="account"),
    path("end-other-sessions/", views.end_other_sessions, name="end_other_sessions"),
    path("time-left/", views.time_left, name="time_left"),
    path("stay/", views.stay, name="stay"),
]
