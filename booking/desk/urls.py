from django.urls import path

from booking.desk.views import book, day, queue, request, undo, visit

app_name = "desk"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("requests/<str:reference>/", request.show, name="request"),
    path("requests/<str:reference>/confirm/", request.confirm, name="confirm"),
    path("requests/<str:reference>/decline/", request.decline, name="decline"),
    path("requests/<str:reference>/withdraw/", request.withdraw, name="withdraw"),
    path("book/", book.book, name="book"),
    path("day/", day.day, name="today"),
    path("day/<str:day>/", day.day, name="day"),
    path("visits/<int:pk>/arrived/", visit.mark("check_in"), name="check_in"),
    path("visits/<int:pk>/seen/", visit.mark("fulfil"), name="fulfil"),
    path("visits/<int:pk>/left/", visit.mark("leave"), name="leave"),
    path("visits/<int:pk>/no-show/", visit.mark("no_show"), name="no_show"),
    path("visits/<int:pk>/step-back/", visit.mark("step_back"), name="step_back"),
    path("visits/<int:pk>/cancel/", visit.cancel, name="cancel"),
    path("undo/<int:pk>/", undo.undo, name="undo"),
    path("messages/<int:pk>/told/", undo.told, name="told"),
]
