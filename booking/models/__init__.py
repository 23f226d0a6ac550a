from booking.models.appointment import Appointment
from booking.models.appointment_request import AppointmentRequest, RequestedTime
from booking.models.clerk import ClerkSetting
from booking.models.event import Event
from booking.models.exchange.diary_import import DiaryImport, DiaryRow
from booking.models.exchange.list_import import ListImport, ListRow
from booking.models.message import Message, StoppedAddress
from booking.models.patient import Patient
from booking.models.reason import Reason
from booking.models.search import SearchKey, SearchWord
from booking.models.worker import DeskNotice, HostBackup, LastBackup, WorkerHeartbeat

__all__ = [
    "Appointment", "AppointmentRequest", "ClerkSetting", "DeskNotice", "DiaryImport", "DiaryRow", "Event",
    "HostBackup", "LastBackup", "ListImport", "ListRow", "Message", "Patient", "Reason", "RequestedTime", "SearchKey",
    "SearchWord", "StoppedAddress", "WorkerHeartbeat",
]  # fmt: skip
