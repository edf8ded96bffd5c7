"""The towns of Alder County, which is nowhere."""

from typing import NamedTuple


class Town(NamedTuple):
    """A town, with the middle of each of its postal codes."""

    name: str
    weight: int
    """How much of the county's life goes on here."""
    codes: dict[str, tuple[float, float]]


COUNTY = "Alder County"
REGION = "OR"
COUNTRY = "US"

TOWNS = (
    Town("Alderton", 10, {"97941": (44.612, -117.941), "97942": (44.629, -117.918), "97943": (44.594, -117.967)}),
    Town("Millrace", 5, {"97944": (44.701, -117.872), "97945": (44.716, -117.848)}),
    Town("Port Marlow", 4, {"97946": (44.538, -118.082)}),
    Town("Fern Hollow", 3, {"97947": (44.655, -118.121)}),
    Town("Quarry Bend", 2, {"97948": (44.486, -117.839)}),
    Town("Stony Ford", 1, {"97949": (44.797, -118.014)}),
)

STREETS = (
    "Alder Street", "Main Street", "Cannery Row", "Church Street", "Cottonwood Lane", "Depot Avenue", "Elm Street",
    "Ferry Road", "Foundry Street", "Granite Avenue", "Heron Way", "Juniper Street", "Larkspur Drive", "Library Square",
    "Market Street", "Mill Road", "North Second Street", "Orchard Avenue", "Pioneer Way", "Quarry Road", "River Street",
    "Rosewood Court", "School Street", "South Fifth Street", "Station Road", "Tamarack Avenue", "Union Street",
    "Willow Bend Road",
)  # fmt: skip

FIRST_NAMES = (
    "Aaliyah", "Abdi", "Adaeze", "Agnes", "Aisha", "Alejandro", "Alma", "Amina", "Anders", "Anh", "Arjun", "Aroha",
    "Asha", "Beatriz", "Benedikt", "Bilal", "Camille", "Carlos", "Cedric", "Chen", "Chidi", "Clara", "Dalia", "Darnell",
    "Deepa", "Dina", "Dmitri", "Dolores", "Earl", "Eduardo", "Elif", "Elijah", "Ember", "Emeka", "Esther", "Fatima",
    "Femi", "Finn", "Florence", "Gabriel", "Gloria", "Grace", "Gustavo", "Hannah", "Haruto", "Hassan", "Henry",
    "Hyejin", "Imani", "Ines", "Isaiah", "Ivy", "Jamal", "Jasmine", "Javier", "Jolene", "Josefina", "Juan", "Kai",
    "Kalani", "Keisha", "Khadija", "Kiran", "Kwame", "Lakota", "Lan", "Latoya", "Leila", "Leon", "Lucia", "Mahmoud",
    "Maeve", "Malik", "Marisol", "Marta", "Mateo", "Mei", "Miriam", "Mohammed", "Nadia", "Naomi", "Nasrin", "Nia",
    "Noah", "Olga", "Omar", "Opal", "Oscar", "Paloma", "Patrick", "Pedro", "Priya", "Quincy", "Rafael", "Ramona",
    "Rashid", "Ravi", "Renata", "Roland", "Rosalind", "Ruth", "Sakura", "Samira", "Santiago", "Selam", "Shanice",
    "Sofia", "Stella", "Sunil", "Tamika", "Tariq", "Teresa", "Thandi", "Theo", "Tomasz", "Tuan", "Uma", "Valentina",
    "Vera", "Walter", "Wanda", "Wei", "Winona", "Xiomara", "Yara", "Yusuf", "Zainab", "Zoe",
)  # fmt: skip

LAST_NAMES = (
    "Abara", "Abebe", "Acosta", "Adeyemi", "Aguilar", "Ahmed", "Akana", "Ali", "Alvarez", "Anderson", "Arslan",
    "Banerjee", "Barnes", "Begay", "Bell", "Bianchi", "Blackwood", "Brandt", "Brooks", "Byrne", "Cabrera", "Castillo",
    "Chavez", "Chen", "Cho", "Coleman", "Cruz", "Dang", "Desai", "Diallo", "Diaz", "Dorsey", "Doyle", "Eriksen",
    "Espinoza", "Farah", "Fields", "Flores", "Foster", "Fraser", "Garcia", "Gebre", "Grant", "Greene", "Gupta",
    "Gutierrez", "Hall", "Hamidi", "Harjo", "Hayes", "Hernandez", "Hill", "Hoang", "Hughes", "Ibrahim", "Iyer",
    "Jackson", "Jimenez", "Johnson", "Kang", "Kaya", "Kelly", "Khan", "Kim", "Kowalski", "Lam", "Larsen", "Le", "Lewis",
    "Lopez", "Maldonado", "Marin", "Martin", "Mbeki", "Medina", "Mendoza", "Miller", "Mohamud", "Moreno", "Morris",
    "Murphy", "Nakamura", "Nasser", "Nelson", "Ngo", "Nguyen", "Novak", "Nunez", "Nwosu", "Ochoa", "Okafor", "Olsen",
    "Ortega", "Osman", "Owens", "Park", "Patel", "Pereira", "Pham", "Popov", "Quinn", "Rahman", "Ramirez", "Reyes",
    "Rivera", "Robinson", "Romero", "Rossi", "Russell", "Sandoval", "Santos", "Sato", "Schmidt", "Sharma", "Silva",
    "Singh", "Soto", "Sullivan", "Sutter", "Tadesse", "Tanaka", "Thomas", "Torres", "Tran", "Tsosie", "Vang", "Vargas",
    "Vasquez", "Vega", "Walker", "Warsame", "Washington", "Wells", "Whitefeather", "Williams", "Wong", "Yang", "Yilmaz",
    "Young", "Zamora", "Zhang",
)  # fmt: skip
