"""Who the users are, where a release says: 100K and 1M.

Source: the README of 1M for its brackets and codes
(https://files.grouplens.org/datasets/movielens/ml-1m-README.txt).
"""

from contracts.catalogue import Person
from contracts.events import FIRST_VISITOR_ID
from movielens.delimited_records import Fields, Malformed
from movielens.file_layouts import Role
from movielens.metadata_parsing import MAX_TEXT, Loss, natural, parsed, plain
from movielens.release import Release

AGES_1M = {
    "1": "Under 18", "18": "18-24", "25": "25-34", "35": "35-44", "45": "45-49", "50": "50-55",
    "56": "56+",
}  # fmt: skip
OCCUPATIONS_1M = (
    "other", "academic/educator", "artist", "clerical/admin", "college/grad student",
    "customer service", "doctor/health care", "executive/managerial", "farmer", "homemaker",
    "K-12 student", "lawyer", "programmer", "retired", "sales/marketing", "scientist",
    "self-employed", "technician/engineer", "tradesman/craftsman", "unemployed", "writer",
)  # fmt: skip
_NO_OCCUPATION = {"", "none", "other"}


def read_people(release: Release, loss: Loss) -> dict[int, Person]:
    """The users in the file's order; empty where the release does not tell of them.

    Raises:
        Damaged: if the file is not whole.
    """
    coded = Role.users in release.tables and release.tables[Role.users].layout.separator == "::"
    people = parsed(release, Role.users, _of_1m if coded else _of_100k, loss)
    return {person.user_id: person for person in people}


def _of_1m(fields: Fields) -> Person:
    code = fields["occupation"]
    if fields["age"] not in AGES_1M:
        raise Malformed(f"age {fields['age']!r:.80}")
    if code not in map(str, range(len(OCCUPATIONS_1M))):
        raise Malformed(f"occupation {code!r:.80}")
    return _person(fields, AGES_1M[fields["age"]], OCCUPATIONS_1M[int(code)])


def _of_100k(fields: Fields) -> Person:
    age = natural("age", fields["age"], 150)
    return _person(fields, str(age), plain(fields["occupation"])[:MAX_TEXT])


def _person(fields: Fields, age: str, occupation: str) -> Person:
    if fields["sex"] not in {"F", "M"}:
        raise Malformed(f"sex {fields['sex']!r:.80}")
    user = natural("userId", fields["userId"], FIRST_VISITOR_ID - 1)
    return Person(user, age, fields["sex"], None if occupation in _NO_OCCUPATION else occupation)
