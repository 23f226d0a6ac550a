from django.urls import path

from booking.views import request, visit

app_name = "booking"
urlpatterns = [
    path("request/", request.start, name="start"),
    path("request/stop/", request.stop, name="stop"),
    path("request/<uuid:key>/sent/", request.sent, name="sent"),
    path("request/<uuid:key>/<slug:step>/", request.step, name="step"),
    path("visit/", visit.lost_link, name="lost_link"),
    path("visit/<str:secret>/", visit.page, name="visit"),
    path("visit/<str:secret>/birth-date/", visit.birth_date, name="birth_date"),
    path("visit/<str:secret>/withdraw/", visit.withdraw, name="withdraw"),
    path("visit/<str:secret>/cancel/", visit.cancel, name="cancel"),
    path("visit/<str:secret>/visit.ics", visit.calendar, name="calendar"),
]
