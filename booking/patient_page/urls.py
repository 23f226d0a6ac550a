from django.urls import path, re_path

from booking.patient_page import actions, change_times_views, lost_link, not_you, prepare, private_link, views

app_name = "patient_page"
urlpatterns = [
    path("", lost_link.lost_link, name="lost_link"),
    path("sent/", lost_link.sent, name="lost_link_sent"),
    path("<str:secret>/", views.page, name="page"),
    path("<str:secret>/birth-date/", views.birth_date, name="birth_date"),
    path("<str:secret>/withdraw/", actions.withdraw, name="withdraw"),
    path("<str:secret>/cancel/", actions.cancel, name="cancel"),
    path("<str:secret>/answer/", actions.answer, name="answer"),
    path("<str:secret>/prepare/", prepare.prepare, name="prepare"),
    path("<str:secret>/reminders/", actions.reminders, name="reminders"),
    path("<str:secret>/card/", views.card, name="card"),
    path("<str:secret>/times/", change_times_views.times, name="times"),
    path("<str:secret>/times/check/", change_times_views.check_times, name="check_times"),
    path("<str:secret>/another-time/", change_times_views.another_time, name="another_time"),
    path("<str:secret>/another-time/check/", change_times_views.check_another_time, name="check_another_time"),
    path("<str:token>/not-you/", not_you.tell_us, name="not_you"),
    path("<str:secret>/visit.ics", views.calendar, name="calendar"),
    re_path(r"^(?P<secret>[^/]+)/[a-z/-]*[^a-z/-]", private_link.without_sentence),  # “…/).”, “…/times/.”
]
