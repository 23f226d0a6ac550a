from django.urls import path

from booking.views import acts, changes, lost, request, visit

app_name = "booking"
urlpatterns = [
    path("request/", request.start, name="start"),
    path("request/stop/", request.stop, name="stop"),
    path("request/<uuid:key>/sent/", request.sent, name="sent"),
    path("request/<uuid:key>/<slug:step>/", request.step, name="step"),
    path("visit/", lost.lost_link, name="lost_link"),
    path("visit/<str:secret>/", visit.page, name="visit"),
    path("visit/<str:secret>/birth-date/", visit.birth_date, name="birth_date"),
    path("visit/<str:secret>/withdraw/", acts.withdraw, name="withdraw"),
    path("visit/<str:secret>/cancel/", acts.cancel, name="cancel"),
    path("visit/<str:secret>/answer/", acts.answer, name="answer"),
    path("visit/<str:secret>/times/", changes.times, name="times"),
    path("visit/<str:secret>/times/check/", changes.check_times, name="check_times"),
    path("visit/<str:secret>/another-time/", changes.another_time, name="another_time"),
    path("visit/<str:secret>/another-time/check/", changes.check_another_time, name="check_another_time"),
    path("visit/<str:secret>/visit.ics", visit.calendar, name="calendar"),
]
