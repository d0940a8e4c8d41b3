"""
Codes of the Uniform Task-Based Management System that legal outsourcing bills with, as data.

Clients add codes of their own, so a code outside these sets is not an error; it is a code without a known title.
Checked 2026-11-22.
"""

ACTIVITIES: dict[str, str] = {
    "A101": "Plan and prepare for",
    "A102": "Research",
    "A103": "Draft/revise",
    "A104": "Review/analyze",
    "A105": "Communicate (in firm)",
    "A106": "Communicate (with client)",
    "A107": "Communicate (other outside counsel)",
    "A108": "Communicate (other external)",
    "A109": "Appear for/attend",
    "A110": "Manage data/files",
    "A111": "Other",
}
"""Source: American Bar Association, Section of Litigation, UTBMS Litigation Code Set, A100 series."""

EXPENSES: dict[str, str] = {
    "E101": "Copying",
    "E102": "Outside printing",
    "E103": "Word processing",
    "E104": "Facsimile",
    "E105": "Telephone",
    "E106": "Online research",
    "E107": "Delivery services/messengers",
    "E108": "Postage",
    "E109": "Local travel",
    "E110": "Out-of-town travel",
    "E111": "Meals",
    "E112": "Court fees",
    "E113": "Subpoena fees",
    "E114": "Witness fees",
    "E115": "Deposition transcripts",
    "E116": "Trial transcripts",
    "E117": "Trial exhibits",
    "E118": "Litigation support vendors",
    "E119": "Experts",
    "E120": "Private investigators",
    "E121": "Arbitrators/mediators",
    "E122": "Local counsel",
    "E123": "Other professionals",
    "E124": "Other",
}
"""Source: American Bar Association, Section of Litigation, UTBMS Litigation Code Set, E100 series."""

LITIGATION_TASKS: dict[str, str] = {
    "L110": "Fact Investigation/Development",
    "L120": "Analysis/Strategy",
    "L130": "Experts/Consultants",
    "L140": "Document/File Management",
    "L150": "Budgeting",
    "L160": "Settlement/Non-Binding ADR",
    "L190": "Other Case Assessment, Development and Administration",
    "L210": "Pleading",
    "L220": "Preliminary Injunctions/Provisional Remedies",
    "L230": "Court Mandated Conferences",
    "L240": "Dispositive Motions",
    "L250": "Other Written Motions and Submissions",
    "L260": "Class Action Certification and Notice",
    "L310": "Written Discovery",
    "L320": "Document Production",
    "L330": "Depositions",
    "L340": "Expert Discovery",
    "L350": "Discovery Motions",
    "L390": "Other Discovery",
    "L410": "Fact Witnesses",
    "L420": "Expert Witnesses",
    "L430": "Written Motions and Submissions",
    "L440": "Other Trial Preparation and Support",
    "L450": "Trial and Hearing Attendance",
    "L460": "Post-Trial Motions and Submissions",
    "L470": "Enforcement",
    "L510": "Appellate Motions and Submissions",
    "L520": "Appellate Briefs",
    "L530": "Oral Argument",
}
"""Source: American Bar Association, Section of Litigation, UTBMS Litigation Code Set, 29 tasks."""

REVIEW_TASKS: dict[str, str] = {
    "L651": "Hosting costs",
    "L652": "Objective and subjective coding",
    "L653": "First pass document review",
    "L654": "Second pass document review",
    "L655": "Privilege review",
    "L656": "Redaction",
    "L659": "Quality assurance and control",
}
"""
Source: LEDES Oversight Committee, eDiscovery code set ratified 2011-07-13, phase L650 Review. The committee's
own document was not at hand; the titles are those in general use.
"""

TITLES: dict[str, str] = {**ACTIVITIES, **EXPENSES, **LITIGATION_TASKS, **REVIEW_TASKS}
"""Code -> title over all sets above."""

TIMEKEEPER_CLASSES: dict[str, str] = {
    "PARTNR": "Partner",
    "ASSOC": "Associate",
    "OFCOUN": "Of counsel",
    "PARALG": "Paralegal",
    "LGLAST": "Legal assistant",
    "TEMPAT": "Temporary attorney",
    "DSCATT": "Discovery attorney",
    "DSCPMG": "Discovery project manager",
    "DSCANJ": "Discovery analyst, junior",
    "DSCANS": "Discovery analyst, senior",
    "DOCCDR": "Document coder",
    "DOCRAT": "Document reviewer, attorney",
    "DOCRNA": "Document reviewer, not an attorney",
    "RSRCHR": "Researcher",
    "TRANSL": "Translator",
    "IPAGNT": "Intellectual property agent",
    "LGPRMG": "Legal project manager",
    "CLKSEC": "Clerk or secretary",
}
"""
Source of the codes: LEDES Oversight Committee, revised timekeeper classifications 2014; those that outsourcing
uses, with titles in our words.
"""
