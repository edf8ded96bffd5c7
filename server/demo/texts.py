"""What people write to each other about a referral."""

COMMENTS = {
    "Food": (
        "Family of four, two of them small. No way to cook until Thursday.",
        "Lost their hours at the mill last month. Would rather pick up than have it delivered.",
        "Type 2 diabetes, please go easy on the bread.",
        "Lives alone, cannot carry much. Evenings are best.",
    ),
    "Housing": (
        "Has to be out by the end of the month; the notice is on file with us.",
        "Sleeping in the car with a dog since last week.",
        "Voucher in hand, but no landlord has called back yet.",
        "Section 8 waitlist since spring. Needs a ground floor.",
    ),
    "Utilities": (
        "Shut-off notice for Friday. There is an infant at home.",
        "Heats with wood and the stove is failing.",
    ),
    "Health": (
        "No doctor since moving here. Blood pressure needs looking at.",
        "Toothache for two weeks. Prefers mornings.",
        "Would like somebody who speaks Spanish.",
    ),
    "Mental health": ("Asked for this themselves. Evenings, please.", "Prefers video; no car."),
    "Work": ("Has a forklift license and wants to work nights.", "First job in ten years; a little nervous about it."),
    "Legal": ("Hearing is in twelve days.", "Work permit expires next month."),
}
OTHER_COMMENTS = (
    "They know that you will call and are glad of it.",
    "Please call the number on file, after three o'clock.",
    "Speaks little English; a cousin can interpret.",
    "They have been with you before, two years ago.",
    "Texting works better than calling.",
)

PROGRAM_NOTES = (
    "Called, no answer. Left a message and will try again tomorrow.",
    "Talked on the phone today. Appointment on Tuesday at ten.",
    "Came by with all the papers. We can start.",
    "We still need proof of address. A utility bill is enough.",
    "Did not come to the appointment. Offered another.",
    "All done. They know that they can come again.",
    "There is a short waiting list, about two weeks.",
    "Spoke with their sister, who will bring them.",
)
HELPER_NOTES = (
    "They have a new phone; the number on file is right now.",
    "I will drive them to the appointment.",
    "Spoke with them this morning. Still interested.",
    "Papers are scanned and with you by e-mail.",
    "They were very happy with your visit, thank you.",
    "Please go through me; they worry about unknown numbers.",
)
SEEKER_NOTES = (
    "Thank you. I can come any day but Wednesday.",
    "I have not heard from anybody yet.",
    "My hours have changed, mornings are better now.",
    "I found the bill. Where shall I send it?",
)
INTERNAL_NOTES = (
    "Ask about the back rent when they are next in.",
    "Third referral this quarter; talk about it on Monday.",
    "Careful with voicemail: others in the house listen.",
    "Qualifies for the county grant as well. Checking.",
    "Intake was by Luis, the file is in the second drawer.",
)
FULL_NOTE = "We are full until next month. Please try elsewhere, and come back to us if that fails."

GOALS = {
    "Food": "Food on the table all month",
    "Housing": "A home to stay in",
    "Utilities": "Warm through the winter",
    "Health": "See a doctor regularly",
    "Mental health": "Feel better",
    "Recovery": "Stay sober",
    "Work": "A steady job",
    "Children and families": "A good start for the children",
    "Legal": "Papers in order",
    "Transport": "Get to work and to appointments",
    "Older adults": "Stay at home, safely",
    "Safety": "Be safe",
    "Veterans": "Get the benefits I served for",
    "Disability": "Live on my own",
    "Newcomers": "Feel at home here",
    "Money": "Get out of debt",
}

WARNINGS = ("Has a large dog.", "Call before visiting.", "Meet at the office only.", "Do not leave messages.")
"""What whoever meets some clients has to know."""
