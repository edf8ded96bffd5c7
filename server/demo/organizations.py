"""The organizations of the county: their names, and for which needs they are there."""

from typing import NamedTuple


class Profile(NamedTuple):
    """An organization as the directory knows it."""

    name: str
    description: str
    needs: tuple[str, ...]
    sites: int = 2


AGENCY = "Alder County Community Action"
"""Where the demo's helper works, and whose client the demo's seeker is."""
FOOD_BANK = "Millrace Food Bank"
PANTRY = "Neighborhood pantry"
"""The food bank's program on which the demo's program account works."""
KEEPERS = (AGENCY, "Blue Heron Family Services", "St. Brigid's Hospital", "Alder School District")
"""Those that keep client records and make referrals for them."""

PROFILES = (
    Profile(AGENCY, "Fights poverty in the county since 1966.", ("Housing", "Utilities", "Money", "Transport"), 6),
    Profile(FOOD_BANK, "Food for whoever is hungry, from six doors.", ("Food",), 6),
    Profile("Blue Heron Family Services", "From birth to school.", ("Children and families", "Mental health"), 5),
    Profile("St. Brigid's Hospital", "A hospital and its clinics.", ("Health", "Mental health", "Recovery"), 6),
    Profile("Alder School District", "Eleven schools.", ("Children and families", "Food"), 9),
    Profile("Alderton Rescue Mission", "Beds and meals since 1921.", ("Housing", "Food", "Recovery"), 2),
    Profile("Alder Legal Aid", "Lawyers for those who cannot pay one.", ("Legal", "Housing"), 2),
    Profile("Two Rivers Community Health", "Care whatever you earn.", ("Health", "Mental health"), 5),
    Profile("Marlow Bay Clinic", "A small clinic by the water.", ("Health", "Recovery"), 2),
    Profile("Open Door Recovery", "Recovery, with those who know it.", ("Recovery", "Mental health"), 3),
    Profile("WorkSource Alder", "Jobs, and the way there.", ("Work", "Money"), 4),
    Profile("Alder County Library", "More than books.", ("Work", "Newcomers"), 7),
    Profile("Welcome Alder", "For those who are new here.", ("Newcomers", "Legal", "Work"), 3),
    Profile("Casa Esperanza", "Un lugar para todos.", ("Newcomers", "Food", "Children and families"), 3),
    Profile("Alder County Health Department", "Public health, close to home.", ("Health", "Children and families"), 4),
    Profile("Silver Creek Senior Center", "Company, meals and rides.", ("Older adults", "Transport"), 3),
    Profile("Area Agency on Aging", "Growing old at home.", ("Older adults", "Disability"), 3),
    Profile("Independence Northwest", "Living as you choose.", ("Disability", "Transport"), 2),
    Profile("Harbor House", "Safe from violence at home.", ("Safety", "Housing"), 2),
    Profile("Veterans' Service Office", "For those who served.", ("Veterans", "Housing"), 2),
    Profile("Post 118 Relief", "Veterans for veterans.", ("Veterans", "Money"), 1),
    Profile("Alder Transit", "The county's buses and vans.", ("Transport",), 2),
    Profile("Marlow People's Utility District", "Power and water, owned by their users.", ("Utilities",), 2),
    Profile("Habitat Alder", "Homes, built and mended together.", ("Housing", "Utilities"), 2),
    Profile("Alder Housing Authority", "Vouchers and affordable homes.", ("Housing", "Money"), 6),
    Profile("Fern Hollow Community Kitchen", "Lunch is at twelve.", ("Food", "Older adults"), 1),
    Profile("St. Vincent's Table", "A parish kitchen and pantry.", ("Food", "Money"), 2),
    Profile("Al-Noor Community Center", "A mosque and its neighbors.", ("Food", "Newcomers", "Money"), 1),
    Profile("Bethel AME Outreach", "Open on weekdays.", ("Food", "Utilities", "Children and families"), 1),
    Profile("Quarry Bend Family Center", "Everything for families, at the bend.", ("Children and families", "Food"), 2),
    Profile("Little Sprouts Early Learning", "The first five years.", ("Children and families",), 4),
    Profile("Boys' and Girls' Club of Millrace", "A place to be after school.", ("Children and families", "Work"), 2),
    Profile("Alder Youth Services", "For young people without a safe place.", ("Housing", "Mental health", "Work"), 2),
    Profile("Grassroots Legal Clinic", "Evening advice by volunteers.", ("Legal", "Money"), 1),
    Profile("Ford & Field Farm Share", "Produce from eleven farms.", ("Food", "Work"), 1),
    Profile("Stony Ford Grange", "Neighbors at the end of the road.", ("Food", "Transport", "Older adults"), 1),
    Profile("Red Cedar Tribal Wellness", "Care by our people.", ("Health", "Recovery", "Children and families"), 2),
    Profile("NAMI Alder", "Mental health, from those who live with it.", ("Mental health",), 2),
    Profile("Alder Community College", "A second start, and a first.", ("Work", "Newcomers", "Money"), 4),
    Profile("Second Wind Closet", "Clothes, strollers and kitchen things.", ("Work", "Children and families"), 2),
)  # fmt: skip
