"""Files as three other systems write them, after their public documentation, about invented people."""

# One column for each thing, ISO times: what most exports of a database look like.
PLAIN = """id,provider,start,end,appointment type,patient name,date of birth,phone,email
a1,Mara Ellison,2026-12-03 09:00,2026-12-03 09:40,New-patient consultation,June Demo,1951-03-09,718 555 0167,
a2,Mara Ellison,2026-12-03 10:00,2026-12-03 10:40,New-patient consultation,Ada Demo,1960-01-02,,ada@example.org
a3,Mara Ellison,2026-12-03 12:00,2026-12-03 13:00,,Lunch with a rep,,,
"""
# Practice software: semicolons, day and time apart, last name first, minutes, a status.
SPLIT = """\ufeffAppt Date;Start Time;Duration (min);Resource;Visit Type;Patient;DOB;Home Phone;MRN;Appt Status
12/03/2026;9:00 AM;40;Ellison;New-patient consultation;"Demo, June";03/09/1951;(718) 555-0167;C-17;Scheduled
12/03/2026;1:30 PM;40;Ellison;New-patient consultation;"Demo, Ada";01/02/1960;718-555-0101;C-18;Cancelled by patient
"""
# An online booking tool: offsets in the times, first and last name apart.
ONLINE = """"Event UUID","First Name","Last Name","Email","Start Date & Time","End Date & Time","DOB"
"e-1","June","Demo","june@example.org","2026-12-03T14:00:00Z","2026-12-03T14:40:00Z","March 9, 1951"
"""
CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Demo//EN
BEGIN:VEVENT
UID:one@demo
DTSTART;TZID=America/New_York:20261203T090000
DTEND;TZID=America/New_York:20261203T094000
SUMMARY:June Demo
END:VEVENT
BEGIN:VEVENT
UID:week@demo
DTSTART;TZID=America/New_York:20261026T120000
DTEND;TZID=America/New_York:20261026T123000
RRULE:FREQ=WEEKLY;COUNT=7
EXDATE;TZID=America/New_York:20261130T120000
SUMMARY:Team lunch
END:VEVENT
BEGIN:VEVENT
UID:off@demo
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261227
SUMMARY:Away
END:VEVENT
BEGIN:VEVENT
UID:free@demo
DTSTART:20261204T150000Z
DTEND:20261204T160000Z
TRANSP:TRANSPARENT
END:VEVENT
BEGIN:VEVENT
UID:gone@demo
DTSTART:20261204T150000Z
DTEND:20261204T160000Z
STATUS:CANCELLED
END:VEVENT
END:VCALENDAR
"""
