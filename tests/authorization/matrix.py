"""Who gets which answer at which address: a row for the addresses that answer alike, a letter for each who comes.

o  opens                                +  may post: whatever the page answers, it is no refusal
>  is led on to another page            s  is led to the sign-in
f  forbidden (403)                      n  not found (404)
m  method not allowed (405)             e  the page's own refusal: too late for it, or not this browser's

The columns: anonymous, the patient of the request, the patient of another one; front desk, desk lead, clinician,
manager, content editor; staff who may look at everything, staff without a role, one who is no longer staff.
`{a,b}` stands for an address with each of them, as in a shell.
"""

import re
from typing import NamedTuple

WHO = ["anonymous", "patient", "another", "desk", "lead", "clinician", "manager", "editor", "viewer", "no_role", "left"]
TABLE = """
GET            POST           # for everybody
ooo ooooo ooo  mmm mmmmm mmm  home team visit_us danger_signs procedures:{list,detail,page,practice_page}
ooo ooooo ooo  mmm mmmmm mmm  request_flow:sent patient_page:{page,card,lost_link_sent} account:time_left
ooo ooooo ooo  nnn nnnnn nnn  brand_sheet open_times_{json,html}
ooo ooooo ooo  nnn nnnnn nnn  robots sitemap healthz patient_page:calendar
ooo ooooo ooo  +++ +++++ +++  request_flow:{start,stop} patient_page:{lost_link,not_you}
>>> >>>>> >>>  nnn nnnnn nnn  visit/^(?P<secret>[^/]+)/[a-z/-]*[^a-z/-]
nnn nnnnn nnn  nnn nnnnn nnn  openid_connect_login openid_connect_callback ^.+/$ metrics
nnn nnooo onn  nnn nnnnn nnn  procedures:picture

GET            POST           # for the patient, who has the link and has given the date of birth
eoe eeeee eee  +++ +++++ +++  request_flow:step
>>> >>>>> >>>  +++ +++++ +++  patient_page:birth_date
>o> >>>>> >>>  f+f fffff fff  patient_page:{withdraw,cancel,prepare,another_time}
>>> >>>>> >>>  f+f fffff fff  patient_page:{answer,reminders,check_another_time}
>e> >>>>> >>>  f+f fffff fff  patient_page:{times,check_times}

GET            POST           # to sign in and out
ooo ooooo ooo  +++ +++++ +++  account_forgotten account_new_password
ooo >>>>> >>o  +++ +++++ +++  account_login admin:login
mmm mmmmm mmm  +++ +++++ +++  account:stay
>>> mmmmm mm>  +++ +++++ +++  admin:logout

GET            POST           # for staff, whatever their role
sss >>>>> >>s  sss +++++ ++s  mfa_{authenticate,login_webauthn} account_set_up account_first_codes
sss >>>>> >>s  sss +++++ ++s  mfa_{activate_totp,add_webauthn,remove_webauthn}
sss >>>>> >>s  sss +++++ ++s  mfa_{view_recovery_codes,generate_recovery_codes}
sss ooooo oos  sss +++++ ++s  admin:{index,password_change} admin/password_change/ account:account
sss ooooo oos  sss +++++ ++s  account_reauthenticate
sss ooooo oos  sss mmmmm mms  mfa_index admin:{password_change_done,jsi18n}
sss mmmmm mms  sss +++++ ++s  account:end_other_sessions
sss fffff ffs  sss mmmmm mms  admin:autocomplete
sss nnnnn nns  sss nnnnn nns  mfa_deactivate_totp admin:view_on_site admin/(?P<url>.*)$
sss oonon ons  sss ++n+n +ns  admin:app_list

GET            POST           # the desk: to look
sss oo>o> o>s  sss ++f+f +fs  desk:queue
sss eefef efs  sss ++f+f +fs  desk:new_requests
sss oofof ofs  sss ++f+f +fs  desk:{search,found,patient,request,sheet_file,mine}
sss >>f>f >fs  sss ++f+f +fs  desk:times
sss oooof ofs  sss ++++f +fs  desk:{today,day,sheet,calendar}
sss >>>>f >fs  sss ++++f +fs  desk:{keys,my_day}
sss fofof ofs  sss f+f+f +fs  desk:{history,access}

GET            POST           # the desk: to act
sss >>fff ffs  sss ++fff ffs  desk:{confirm,offer,extend_offer,accept_offer,refuse_offer,waitlist,decline,withdraw}
sss >>fff ffs  sss ++fff ffs  desk:{close,end_quietly,claim,take_over,release_claim,log_call,add_note,resend_link}
sss >>fff ffs  sss ++fff ffs  desk:{allow_email,mark_ready,no_show,ask_again,undo,start_call,call_about,mark_notified}
sss >>fff ffs  sss ++fff ffs  desk:{call_patient,start_person_call,note_patient,pin_note,unpin_note}
sss oofff ffs  sss ++fff ffs  desk:{book,next_appointment,cancel,reschedule,correct_patient,not_real,no_shows}
sss oofff ffs  sss ++fff ffs  desk:{card,letter}
sss >>>ff ffs  sss +++ff ffs  desk:{running_late,note_for_desk,check_in,fulfil,mark_left,revert_status}
sss >>f>f ffs  sss ++f+f ffs  desk:{back,block,unblock,undo_out}
sss oofof ffs  sss ++f+f ffs  desk:provider_out
sss fofof ffs  sss f+f+f ffs  desk:{holidays,export_everything,hours,week}
sss f>f>f >fs  sss f+f+f +fs  desk:access_file
sss fff>f ffs  sss fff+f ffs  desk:{test_email,host_backup,switch}
sss fffof ffs  sss fff+f ffs  desk:{look,links}
sss fffof ffs  sss fff+f ffs  desk:{diary_imports,diary_import,list_imports,list_import,feeds}
sss f>fff ffs  sss f+fff ffs  desk:{reopen,not_the_same}
sss fofff ffs  sss f+fff ffs  desk:{merge,export_patient,erase_patient}
sss ffoff ffs  sss ff+ff ffs  desk:waiting_for_triage
sss ff>ff ffs  sss ff+ff ffs  desk:triage

GET            POST           # what the verbs write, and who changed accounts: nobody writes it here
sss oofof ofs  sss ++f+f +fs  admin:booking_{appointmentrequest,appointment}_{changelist,history}
sss oofof ofs  sss fffff ffs  admin:booking_{appointmentrequest,appointment}_change
sss fofof ofs  sss f+f+f +fs  admin:booking_{event,message}_{changelist,history}
sss fofof ofs  sss fffff ffs  admin:booking_{event,message}_change
sss fofof ofs  sss f+f+f +fs  admin:clinic_accountchange_{changelist,history}
sss fofof ofs  sss fffff ffs  admin:clinic_accountchange_change
sss fffof ofs  sss fff+f +fs  admin:clinic_staffmessage_{changelist,history}
sss fffof ofs  sss fffff ffs  admin:clinic_staffmessage_change
sss fffff ofs  sss fffff +fs  admin:{booking_patient,auth_group}_{changelist,history}
sss fffff ofs  sss fffff ffs  admin:{booking_patient,auth_group}_change
sss fffff ffs  sss fffff ffs  admin:booking_{appointmentrequest,appointment,event,message,patient}_{add,delete}
sss fffff ffs  sss fffff ffs  admin:{auth_group,clinic_accountchange,clinic_staffmessage}_{add,delete}

GET            POST           # setup
sss fofof ofs  sss f+f+f +fs  admin:clinic_{officehours,scheduleexception}_{changelist,history}
sss fofof ofs  sss f+f+f ffs  admin:clinic_{officehours,scheduleexception}_change
sss fofof ffs  sss f+f+f ffs  admin:clinic_{officehours,scheduleexception}_{add,delete}
sss fffof ofs  sss fff+f +fs  admin:clinic_{appointmenttype,location,practitioner}_{changelist,history}
sss fffof ofs  sss fff+f ffs  admin:clinic_{appointmenttype,location,practitioner}_change
sss fffof ffs  sss fff+f ffs  admin:clinic_{appointmenttype,location,practitioner}_add
sss fffff ffs  sss fffff ffs  admin:clinic_{appointmenttype,location,practitioner}_delete
sss fffof ofs  sss fff+f +fs  admin:{auth_user,booking_reason}_{changelist,history}
sss fffof ofs  sss fff+f ffs  admin:{auth_user,booking_reason}_change
sss fffof ffs  sss fff+f ffs  admin:{auth_user,booking_reason}_add admin:auth_user_password_change
sss fffff ffs  sss fffff ffs  admin:{auth_user,booking_reason}_delete
sss fff>f >fs  sss fff+f +fs  admin:clinic_practice_changelist
sss fffof ofs  sss fff+f +fs  admin:clinic_practice_history
sss fffof ofs  sss fff+f ffs  admin:clinic_practice_change
sss fffff ffs  sss fffff ffs  admin:clinic_practice_{add,delete}

GET            POST           # the pages about treatments
sss ffooo ofs  sss ff+++ +fs  admin:procedures_{procedure,source,picture,publishedversion}_{changelist,history}
sss ffooo ofs  sss ff+++ +fs  admin:procedures_procedure_draft admin:procedures_publishedversion_shown
sss ffooo ofs  sss ffmmm mfs  admin:procedures_procedure_change
sss ffooo ofs  sss fff++ ffs  admin:procedures_source_change
sss ffooo ofs  sss fffff ffs  admin:procedures_{picture,publishedversion}_change
sss fffoo ffs  sss fff++ ffs  admin:procedures_procedure_{facts,add_part,part,remove,add}
sss fffoo ffs  sss fff++ ffs  admin:procedures_source_add admin:procedures_picture_delete
sss nnnnn nns  sss fff++ ffs  admin:procedures_procedure_move
sss ff>>> >fs  sss fff++ ffs  admin:procedures_procedure_ask
sss ff>>> >fs  sss ff+ff ffs  admin:procedures_procedure_sign
sss ff>>> >fs  sss fff+f ffs  admin:procedures_procedure_publish
sss fffff ffs  sss fffff ffs  admin:procedures_publishedversion_{add,delete} admin:procedures_picture_add
sss fffff ffs  sss fffff ffs  admin:procedures_{procedure,source}_delete

GET            POST           # the address of a row without its last part leads to its page, which decides
sss >>>>> >>s  sss +++++ ++s  admin/auth/{group,user}/<path:object_id>/
sss >>>>> >>s  sss +++++ ++s  admin/booking/{appointmentrequest,appointment,event,message}/<path:object_id>/
sss >>>>> >>s  sss +++++ ++s  admin/booking/{patient,reason}/<path:object_id>/
sss >>>>> >>s  sss +++++ ++s  admin/clinic/{practice,location,practitioner,appointmenttype}/<path:object_id>/
sss >>>>> >>s  sss +++++ ++s  admin/clinic/{officehours,scheduleexception}/<path:object_id>/
sss >>>>> >>s  sss +++++ ++s  admin/clinic/{staffmessage,accountchange}/<path:object_id>/
sss >>>>> >>s  sss +++++ ++s  admin/procedures/{procedure,source,picture,publishedversion}/<path:object_id>/
"""


class Row(NamedTuple):
    get: str
    post: str
    names: list[str]


def expanded(text: str) -> list[str]:
    """`a{b,c}` as `ab` and `ac`."""
    choice = re.search(r"\{([^{}]*)\}", text)
    if not choice:
        return [text]
    before, after = text[: choice.start()], text[choice.end() :]
    return [name for each in choice[1].split(",") for name in expanded(before + each + after)]


def read(line: str) -> Row:
    *letters, addresses = line.split(None, 6)
    names = [name for address in addresses.split() for name in expanded(address)]
    return Row("".join(letters[:3]), "".join(letters[3:]), names)


ROWS = [read(line) for line in TABLE.splitlines() if line and not line.startswith("GET")]
