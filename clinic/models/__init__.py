from clinic.models.access import AccessLog, AccessSeal
from clinic.models.busy_feed import BusyFeed
from clinic.models.practice import Location, OfficeHours, Practice, Practitioner
from clinic.models.rate_limit import RateLimitCounter
from clinic.models.running_late import RunningLate
from clinic.models.schedule import AppointmentType, Schedule, ScheduleException
from clinic.models.staff import AccountChange, StaffAccount
from clinic.models.staff_message import StaffMessage

__all__ = [
    "AccessLog", "AccessSeal", "BusyFeed", "Location", "OfficeHours", "Practice", "Practitioner", "Schedule",
    "ScheduleException", "AppointmentType", "RateLimitCounter", "RunningLate", "AccountChange", "StaffAccount",
    "StaffMessage",
]  # fmt: skip
