from django.urls import path

from procedures import views
from procedures.pictures.views import picture

app_name = "procedures"
urlpatterns = [
    path("pictures/<str:file>", picture, name="picture"),
    path("procedures/", views.procedure_list, name="list"),
    path("procedures/<slug:slug>/", views.detail, name="detail"),
    path("procedures/<slug:slug>/<slug:page>/", views.page, name="page"),
    path("<slug:slug>/", views.practice_page, name="practice_page"),
]
