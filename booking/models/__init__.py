from booking.models.appointment import Appointment
from booking.models.event import Event
from booking.models.limit import Tally
from booking.models.message import Message
from booking.models.patient import Patient
from booking.models.request import AppointmentRequest, Reason, RequestedTime

__all__ = ["Appointment", "AppointmentRequest", "Event", "Message", "Patient", "Reason", "RequestedTime", "Tally"]
