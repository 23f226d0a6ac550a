from clinic.models.practice import Location, OfficeHours, Practice, Practitioner
from clinic.models.rate_limit import RateLimitCounter
from clinic.models.schedule import AppointmentType, Schedule, ScheduleException

__all__ = [
    "Location", "OfficeHours", "Practice", "Practitioner", "Schedule", "ScheduleException", "AppointmentType",
    "RateLimitCounter",
]  # fmt: skip
