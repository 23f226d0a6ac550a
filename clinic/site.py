from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class ClinicAdminSite(admin.AdminSite):
    site_title = _("Front desk")
    site_header = _("Front desk")
    index_title = _("Set-up")
    empty_value_display = "–"
    enable_nav_sidebar = False
