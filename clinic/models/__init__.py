from clinic.models.practice import Location, OfficeHours, Practice, Practitioner
from clinic.models.schedule import Schedule, ScheduleException, VisitType

__all__ = ["Location", "OfficeHours", "Practice", "Practitioner", "Schedule", "ScheduleException", "VisitType"]
