from django.urls import path

from booking.desk import letters, preferences, undo_views
from booking.desk.access import views as access
from booking.desk.calendar import block_views, reschedule_views
from booking.desk.calendar import views as calendar
from booking.desk.day import actions as day_actions
from booking.desk.day import late_views, my_day, no_shows, sheet_file
from booking.desk.day import views as day
from booking.desk.exchange import export_views, feed_views, list_views
from booking.desk.exchange import import_views as diary_import
from booking.desk.history import views as history
from booking.desk.holidays import views as holidays
from booking.desk.hours.everyone_views import everyone
from booking.desk.hours.week_views import week
from booking.desk.links import views as links
from booking.desk.look import views as look
from booking.desk.patients import person_views as person
from booking.desk.patients import record_views as records
from booking.desk.patients import search_views as search
from booking.desk.patients import views as patients
from booking.desk.provider_out import views as provider_out
from booking.desk.queue import views as queue
from booking.desk.requests import actions, flood_views, merge_views, triage
from booking.desk.requests import views as requests
from booking.desk.set_up import views as set_up
from booking.desk.slot_finder import next_views
from booking.desk.slot_finder import views as slot_finder

app_name = "desk"
urlpatterns = [
    path("", queue.show, name="queue"),
    path("new-requests/", queue.new_requests, name="new_requests"),
    path("search/", search.search, name="search"),
    path("search/<str:key>/", search.found, name="found"),
    path("patients/<uuid:random_id>/", person.show, name="patient"),
    path("patients/<uuid:random_id>/call/", person.call_patient, name="call_patient"),
    path("patients/<uuid:random_id>/call/start/", person.start_call, name="start_person_call"),
    path("patients/<uuid:random_id>/note/", person.note_patient, name="note_patient"),
    path("patients/<uuid:random_id>/export/", records.export_patient, name="export_patient"),
    path("patients/<uuid:random_id>/erase/", records.erase_patient, name="erase_patient"),
    path("notes/<int:pk>/pin/", person.pin_note, name="pin_note"),
    path("notes/<int:pk>/unpin/", person.unpin_note, name="unpin_note"),
    path("links/", links.links, name="links"),
    path("look/", look.look, name="look"),
    path("keys/", preferences.keys, name="keys"),
    path("access/", access.access, name="access"),
    path("access/file/", access.access_file, name="access_file"),
    path("history/", history.history, name="history"),
    path("history/mine/", history.mine, name="mine"),
    path("triage/", triage.waiting_for_triage, name="waiting_for_triage"),
    path("requests/<str:reference>/triage/", triage.triage, name="triage"),
    path("requests/<str:reference>/", requests.show, name="request"),
    path("requests/<str:reference>/times/", requests.times, name="times"),
    path("requests/<str:reference>/confirm/", actions.confirm, name="confirm"),
    path("requests/<str:reference>/offer/", actions.offer, name="offer"),
    path("requests/<str:reference>/extend/", actions.extend_offer, name="extend_offer"),
    path("requests/<str:reference>/accept/", actions.accept_offer, name="accept_offer"),
    path("requests/<str:reference>/refuse/", actions.refuse_offer, name="refuse_offer"),
    path("requests/<str:reference>/waitlist/", actions.waitlist, name="waitlist"),
    path("requests/<str:reference>/decline/", actions.decline, name="decline"),
    path("requests/<str:reference>/withdraw/", actions.withdraw, name="withdraw"),
    path("requests/<str:reference>/close/", actions.close, name="close"),
    path("requests/<str:reference>/end-quietly/", actions.end_quietly, name="end_quietly"),
    path("requests/<str:reference>/not-real/", flood_views.not_real, name="not_real"),
    path("requests/<str:reference>/reopen/", actions.reopen, name="reopen"),
    path("requests/<str:reference>/claim/", actions.claim, name="claim"),
    path("requests/<str:reference>/take-over/", actions.take_over, name="take_over"),
    path("requests/<str:reference>/release/", actions.release_claim, name="release_claim"),
    path("requests/<str:reference>/call/", actions.log_call, name="log_call"),
    path("requests/<str:reference>/note/", actions.add_note, name="add_note"),
    path("requests/<str:reference>/not-the-same/", actions.not_the_same, name="not_the_same"),
    path("requests/<str:reference>/card/", letters.card, name="card"),
    path("requests/<str:reference>/ready/", actions.mark_ready, name="mark_ready"),
    path("requests/<str:reference>/email/", actions.allow_email, name="allow_email"),
    path("requests/<str:reference>/link/", actions.resend_link, name="resend_link"),
    path("requests/<str:reference>/patient/", patients.correct_patient, name="correct_patient"),
    path("requests/<str:reference>/merge/<str:other>/", merge_views.merge, name="merge"),
    path("book/", slot_finder.book, name="book"),
    path("my-day/", my_day.my_day, name="my_day"),
    path("no-shows/", no_shows.no_shows, name="no_shows"),
    path("providers/<slug:slug>/late/", late_views.running_late, name="running_late"),
    path("appointments/<int:pk>/note/", late_views.note_for_desk, name="note_for_desk"),
    path("appointments/<int:pk>/next/", next_views.next_appointment, name="next_appointment"),
    path("day/", day.day, name="today"),
    path("day/<str:day>/", day.day, name="day"),
    path("day/<str:day>/sheet/", day.sheet, name="sheet"),
    path("day/<str:day>/sheet/file/", sheet_file.sheet_file, name="sheet_file"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/block/", block_views.block, name="block"),
    path("calendar/block/<int:pk>/open/", block_views.unblock, name="unblock"),
    path("set-up/test-email/", set_up.test_email, name="test_email"),
    path("export/", export_views.export_everything, name="export_everything"),
    path("imports/", diary_import.upload, name="diary_imports"),
    path("feeds/", feed_views.feeds, name="feeds"),
    path("lists/", list_views.upload, name="list_imports"),
    path("lists/<int:pk>/", list_views.show, name="list_import"),
    path("imports/<int:pk>/", diary_import.show, name="diary_import"),
    path("set-up/host-backup/", set_up.host_backup, name="host_backup"),
    path("set-up/switch/", set_up.switch, name="switch"),
    path("hours/", everyone, name="hours"),
    path("hours/<slug:slug>/", week, name="week"),
    path("holidays/", holidays.show, name="holidays"),
    path("provider-out/", provider_out.provider_out, name="provider_out"),
    path("provider-out/<int:pk>/undo/", provider_out.undo, name="undo_out"),
    path("provider-out/<int:pk>/back/", provider_out.back, name="back"),
    path("appointments/<int:pk>/arrived/", day_actions.mark("check_in"), name="check_in"),
    path("appointments/<int:pk>/seen/", day_actions.mark("fulfil"), name="fulfil"),
    path("appointments/<int:pk>/left/", day_actions.mark("mark_left"), name="mark_left"),
    path("appointments/<int:pk>/no-show/", day_actions.mark("no_show"), name="no_show"),
    path("appointments/<int:pk>/revert/", day_actions.mark("revert_status"), name="revert_status"),
    path("appointments/<int:pk>/cancel/", day_actions.cancel, name="cancel"),
    path("appointments/<int:pk>/reschedule/", reschedule_views.reschedule, name="reschedule"),
    path("appointments/<int:pk>/ask-again/", reschedule_views.ask_again, name="ask_again"),
    path("undo/<int:pk>/", undo_views.undo, name="undo"),
    path("letters/<int:pk>/", letters.letter, name="letter"),
    path("messages/<int:pk>/start-call/", undo_views.start_call, name="start_call"),
    path("messages/<int:pk>/call/", undo_views.call_about, name="call_about"),
    path("messages/<int:pk>/notified/", undo_views.mark_notified, name="mark_notified"),
]
