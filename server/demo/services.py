"""What the organizations of the county offer, by kind of need."""

from typing import NamedTuple


class Offer(NamedTuple):
    """A service as organizations describe it."""

    name: str
    description: str
    eligibility: str = "Anyone who lives in Alder County."
    fees: str = "Free."


_ANY_INCOME = "No income limit."
_LOW_INCOME = "Households at or below 200% of the federal poverty level."
_SLIDING = "Sliding scale, from nothing to $40 a visit."

OFFERS: dict[str, tuple[Offer, ...]] = {
    "Food": (
        Offer("Neighborhood pantry", "A week of groceries, chosen from the shelves as in a shop. Open four days."),
        Offer("Weekly grocery box", "A packed box of staples and produce, picked up or brought to the door."),
        Offer("Hot meals", "A cooked meal at noon, every day of the year, no questions asked.", _ANY_INCOME),
        Offer("SNAP application help", "Somebody who sits down with you until the application is sent."),
        Offer("Weekend backpacks", "Food for the weekend, sent home with children on Fridays.", "Pupils."),
        Offer("Mobile pantry", "A truck with fresh food that stops in the county's smaller places."),
        Offer("Diabetic-friendly food box", "Groceries low in sugar and salt, with recipes.", "With a clinic's note."),
    ),
    "Housing": (
        Offer("Emergency shelter", "A bed for tonight, a shower and a locker.", "Adults without a place to sleep."),
        Offer("Family shelter", "A room of their own for families, for up to 90 days.", "Families with children."),
        Offer("Rent assistance", "One month of rent paid to the landlord where an eviction is near.", _LOW_INCOME),
        Offer("Housing navigation", "Help with the search: applications, landlords, documents, viewing a place."),
        Offer("Security deposit loans", "A deposit lent without interest, paid back over a year.", _LOW_INCOME),
        Offer("Transitional housing", "A furnished flat for up to two years, with a case manager.", "By assessment."),
        Offer("Tenant counselling", "What a lease means, what a landlord may not do, and what to do now."),
        Offer("Minor home repair", "Ramps, rails, leaks and locks.", "Homeowners over 60 or with a disability."),
    ),
    "Utilities": (
        Offer("Energy bill help", "A payment on the electricity, gas or wood bill, once a winter.", _LOW_INCOME),
        Offer("Weatherization", "Insulation, doors and windows, after a home energy check.", _LOW_INCOME),
        Offer("Water bill discount", "A third off the water bill for a year.", _LOW_INCOME),
        Offer("Home internet", "A modem and a year of internet at home.", "Pupils and job seekers.", "$10 a month."),
    ),
    "Health": (
        Offer("Primary care", "A doctor or nurse practitioner, new patients welcome.", _ANY_INCOME, _SLIDING),
        Offer("Dental clinic", "Check-ups, fillings and extractions.", _ANY_INCOME, _SLIDING),
        Offer("Prenatal care", "Visits, ultrasound and classes through the pregnancy.", "Anyone pregnant.", _SLIDING),
        Offer("Prescription assistance", "Finding the programs that pay for a medicine.", "Without drug coverage."),
        Offer("Health insurance enrollment", "Applying for and renewing Medicaid and marketplace plans."),
        Offer("Street medicine", "Wound care, vaccines and check-ups, wherever you are.", "People living outside."),
        Offer("Eyeglasses", "An eye examination and a pair of glasses.", _LOW_INCOME, "$15."),
    ),
    "Mental health": (
        Offer("Counselling", "Talking with a licensed therapist, in person or by video.", _ANY_INCOME, _SLIDING),
        Offer("Crisis line", "Somebody who listens, day and night.", "Anyone."),
        Offer("Grief group", "Eight evenings with others who lost somebody.", "Adults."),
        Offer("Youth counselling", "A therapist at school or at the clinic.", "From 6 to 19 years.", _SLIDING),
        Offer("Peer support", "Time with somebody who has been there and is trained to help."),
    ),
    "Recovery": (
        Offer("Outpatient treatment", "Groups and single sessions, days or evenings.", "Adults.", _SLIDING),
        Offer("Recovery housing", "A sober house with a manager.", "30 days sober.", "$120 a week."),
        Offer("Recovery mentors", "A mentor who calls, drives along and stays with it."),
        Offer("Naloxone and safer use", "Naloxone, test strips and no lectures.", "Anyone."),
    ),
    "Work": (
        Offer("Job search help", "A coach, a computer and a list of who hires."),
        Offer("Paid apprenticeships", "Learning a trade on the job: carpentry, care, trucks.", "From 18 years."),
        Offer("Work clothes", "Boots, scrubs and interview clothes.", "With a job offer or an interview."),
        Offer("GED classes", "Evening classes until the test, and the test fee.", "From 16 years."),
        Offer("Digital skills", "From the first e-mail to spreadsheets, at your speed."),
        Offer("Small business advice", "A plan, a license, a loan.", "County residents.", "First hour free."),
    ),
    "Children and families": (
        Offer("Diaper bank", "50 diapers and wipes for each child each month.", "Children under 4."),
        Offer("Car seats", "A seat that fits and somebody who shows how it is fixed.", _LOW_INCOME, "$10."),
        Offer("Home visiting", "A nurse who comes home until the child is two.", "First-time parents."),
        Offer("Child care subsidy help", "Finding a place and somebody to pay for it.", "Parents at work or school."),
        Offer("Head Start", "Preschool with meals and a bus.", "3 to 5 years, by income."),
        Offer("Parenting classes", "Ten evenings, dinner and child care included.", "Parents and carers."),
        Offer("Kinship support", "Grants and a group for those who raise a relative's child.", "Kinship carers."),
        Offer("After-school club", "Homework, a snack and sports until six.", "Grades 1 to 8.", "$5 a week."),
    ),
    "Legal": (
        Offer("Eviction defense", "A lawyer at the hearing.", _LOW_INCOME),
        Offer("Immigration clinic", "Work permits, renewals and family petitions.", "Anyone.", "Filing fees only."),
        Offer("Record expungement", "Clearing an old record from the files.", "By the kind of record."),
        Offer("Family law advice", "Custody, support and protective orders.", _LOW_INCOME),
    ),
    "Transport": (
        Offer("Bus passes", "A month on the county's buses.", "For work, school or care."),
        Offer("Medical rides", "From the door to the appointment and back.", "Without a way to get there."),
        Offer("Gas vouchers", "$30 for a job interview or a first week of work.", "With a letter."),
        Offer("Car repair", "Brakes, tires and what an inspection asks for.", "Parents at work.", "Parts at cost."),
    ),
    "Older adults": (
        Offer("Meals at home", "A warm meal and a look in, five days a week.", "60 and over.", "What you can."),
        Offer("Caregiver respite", "Four hours a week off, with somebody you know.", "Carers at home.", _SLIDING),
        Offer("Medicare counselling", "Plans compared, letters explained.", "65 and over, or on disability."),
        Offer("Friendly visitors", "Somebody who comes by every week, for a talk or a walk.", "60 and over."),
        Offer("Chore service", "Snow, leaves, lightbulbs and heavy bags.", "60 and over."),
    ),
    "Safety": (
        Offer("Safe house", "A place that nobody is told about, pets too.", "Survivors of violence at home."),
        Offer("Advocacy", "Somebody beside you at the police, in court and at the hospital.", "Survivors."),
        Offer("Safety planning", "A plan for staying, and one for leaving.", "Anyone afraid at home."),
    ),
    "Veterans": (
        Offer("Benefits claims", "A service officer who files and follows the claim.", "Veterans and survivors."),
        Offer("Veterans' emergency grants", "Up to $800 for rent, repairs or a bill.", "Veterans."),
        Offer("Veterans' housing", "Vouchers, a search and a case manager.", "Veterans without a home."),
    ),
    "Disability": (
        Offer("Equipment loans", "Wheelchairs, walkers, beds and lifts, as long as needed."),
        Offer("Independent living skills", "Cooking, money, buses and paperwork, one to one.", "From 16 years."),
        Offer("Disability benefits help", "SSI and SSDI, from the form to the appeal.", "Adults."),
    ),
    "Newcomers": (
        Offer("English classes", "Four levels, mornings and evenings, with child care.", "Adults."),
        Offer("Interpreters", "Eleven languages, by phone or beside you."),
        Offer("Citizenship classes", "The test, the form and the day itself.", "Permanent residents."),
        Offer("Resettlement support", "The first months: school, doctor, bank, bus.", "In the first five years."),
    ),
    "Money": (
        Offer("Tax preparation", "Your return, filed by trained volunteers.", "Up to $64,000 a year."),
        Offer("Financial coaching", "Debt, credit and a budget that holds."),
        Offer("Identity documents", "Birth certificates and state ID, fees paid.", "Without a valid ID."),
        Offer("Emergency cash", "$200 once a year, on a card, the same day.", _LOW_INCOME),
    ),
}  # fmt: skip
