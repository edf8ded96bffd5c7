"""The county's directory in the tabular form of HSDS 3.0, the same at every writing."""

import csv
import re
import unicodedata
from pathlib import Path
from random import Random
from uuid import UUID

from server.demo.organizations import AGENCY, FOOD_BANK, PROFILES, Profile
from server.demo.places import COUNTRY, REGION, STREETS, TOWNS
from server.demo.services import OFFERS, Offer

SOURCE = "alder-county"
Row = dict[str, object]


def write(folder: Path) -> None:
    """Write the tables into the folder."""
    for name, rows in _Directory(Random(1966)).tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(column for row in rows for column in row)))
            writer.writeheader()
            writer.writerows(rows)


def phone(random: Random) -> str:
    """A number that belongs to nobody: 555-0100 to 555-0199 are kept for fiction."""
    return f"+1 541 555 01{random.randrange(100):02}"


def slug(name: str) -> str:
    """The name as a part of an address."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z]+", "-", plain.replace("'", "")).strip("-")


class _Directory:
    def __init__(self, random: Random) -> None:
        self._random = random
        names = ("organizations", "services", "locations", "addresses", "phones", "service_at_location", "attributes")
        self.tables: dict[str, list[Row]] = {name: [] for name in names}
        terms = {need: self._add("taxonomy_terms", name=need, taxonomy="Alder County needs") for need in OFFERS}
        for profile in PROFILES:
            organization = self._organization(profile)
            streets = random.sample(STREETS, profile.sites)
            sites = [self._site(organization, profile, street) for street in streets]
            for need in profile.needs:
                for offer in self._offers(profile, need):
                    service = self._service(organization, profile, offer)
                    self._add("attributes", link_id=service, link_entity="service", taxonomy_term_id=terms[need])
                    for site in self._random.sample(sites, min(len(sites), self._random.choice((1, 1, 2, 3)))):
                        self._add("service_at_location", service_id=service, location_id=site)

    def _add(self, table: str, **values: object) -> str:
        id = str(UUID(int=self._random.getrandbits(128), version=4))
        self.tables.setdefault(table, []).append({"id": id, **values})
        return id

    def _organization(self, profile: Profile) -> str:
        domain = f"{slug(profile.name)}.demo.test"
        id = self._add(
            "organizations",
            name=profile.name,
            description=profile.description,
            website=f"https://{domain}",
            email=f"hello@{domain}",
        )
        self._add("phones", organization_id=id, service_id=None, number=phone(self._random), type="voice")
        return id

    def _offers(self, profile: Profile, need: str) -> list[Offer]:
        offers = OFFERS[need]
        if profile.name in (AGENCY, FOOD_BANK):
            return list(offers)
        chosen = self._random.sample(range(len(offers)), (len(offers) + 1) // 2)
        return [offers[index] for index in sorted(chosen)]

    def _service(self, organization: str, profile: Profile, offer: Offer) -> str:
        id = self._add(
            "services",
            organization_id=organization,
            name=offer.name,
            description=offer.description,
            url=f"https://{slug(profile.name)}.demo.test/{slug(offer.name)}",
            email=f"{slug(offer.name)}@{slug(profile.name)}.demo.test",
            status="active",
            eligibility_description=offer.eligibility,
            fees_description=offer.fees,
        )
        self._add("phones", organization_id=None, service_id=id, number=phone(self._random), type="voice")
        return id

    def _site(self, organization: str, profile: Profile, street: str) -> str:
        town = self._random.choices(TOWNS, [town.weight for town in TOWNS])[0]
        code, (latitude, longitude) = self._random.choice(list(town.codes.items()))
        name = profile.name if profile.sites == 1 else f"{town.name}, {street}"
        id = self._add(
            "locations",
            organization_id=organization,
            location_type="physical",
            name=name,
            latitude=round(latitude + self._random.uniform(-0.008, 0.008), 6),
            longitude=round(longitude + self._random.uniform(-0.011, 0.011), 6),
        )
        self._add(
            "addresses",
            location_id=id,
            address_1=f"{self._random.randrange(12, 990)} {street}",
            city=town.name,
            state_province=REGION,
            postal_code=code,
            country=COUNTRY,
            address_type="physical",
        )
        return id
