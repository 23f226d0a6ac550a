"""The buttons below the outline: ask for a review, sign, publish."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.practice_info import local_date, practice_info
from procedures.models import Procedure
from procedures.publishing import CannotPublish, publish, reviewer_name, sign


class ReviewActs:
    """Mixed into the admin of treatment pages. Each act is posted, and leads back to the outline."""

    def has_review_permission(self, request):
        return request.user.has_perm("procedures.review_procedure")

    def has_publish_permission(self, request):
        return request.user.has_perm("procedures.publish_procedure")

    def ask(self, request, procedure):
        if not self.has_change_permission(request, procedure):
            raise PermissionDenied
        Procedure.objects.filter(pk=procedure.pk).update(stage=Procedure.Stage.REVIEW)
        self.message_user(request, _("A clinician can review this page now."), messages.SUCCESS)

    def sign(self, request, procedure):
        """“I have reviewed this text”: the clinician who is signed in signs the text with this fingerprint."""
        if not self.has_review_permission(request):
            raise PermissionDenied
        text, on = request.POST.get("text", ""), local_date(timezone.now())
        try:
            sign(procedure, reviewer=reviewer_name(request.user), on=on, text=text, is_demo=practice_info().is_demo)
        except CannotPublish as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return
        self.log_change(request, procedure, _("Marked this text as reviewed."))
        self.message_user(request, _("Marked as reviewed. This text can be published."), messages.SUCCESS)

    def publish(self, request, procedure):
        if not self.has_publish_permission(request):
            raise PermissionDenied
        try:
            version = publish(procedure, by=request.user, now=timezone.now(), is_demo=practice_info().is_demo)
        except CannotPublish as refusal:
            self.message_user(request, f"{procedure}: {refusal}", messages.ERROR)
            return
        self.log_change(request, procedure, _("Published version %(number)s.") % {"number": version.number})
        self.message_user(request, _("%(version)s is now live.") % {"version": version}, messages.SUCCESS)
