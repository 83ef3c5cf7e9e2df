"""Small releases of each kind, written as GroupLens writes them.

All tell the same five ratings in the same order, in stars that every release can have.
"""

from pathlib import Path

RATED = (
    (1, 1193, 5, 978_300_760),
    (1, 661, 3, 978_302_109),
    (2, 1193, 4, 978_298_413),
    (3, 543, 4, 978_301_968),
    (3, 1, 5, 978_298_413),
)
"""User, movie, stars, second."""

UNKNOWN, ANIMATION, CHILDRENS, COMEDY, DRAMA, MUSICAL = 0, 3, 4, 5, 8, 12


def ml_100k(folder: Path) -> Path:
    """100K: tabs and `|`, Latin-1, and the ratings once more in parts."""
    lines = [f"{user}\t{movie}\t{stars}\t{at}\n" for user, movie, stars, at in RATED]
    write(folder / "u.data", "".join(lines))
    write(folder / "u1.base", "".join(lines[:4]))
    write(folder / "u1.test", "".join(lines[4:]))
    write(
        folder / "u.item",
        _item(1, "Toy Story (1995)", "01-Jan-1995", ANIMATION, CHILDRENS, COMEDY)
        + _item(267, "unknown", "", UNKNOWN)
        + _item(543, "Misérables, Les (1995)", "01-Jan-1995", DRAMA, MUSICAL)
        + _item(661, "James and the Giant Peach (1996)", "12-Apr-1996", ANIMATION, CHILDRENS)
        + _item(1193, "Land Before Time III (1995) (V)", "01-Jan-1995", ANIMATION),
        "latin-1",
    )
    write(
        folder / "u.user",
        "1|24|M|technician|85711\n2|53|F|other|94043\n3|7|M|student|T8H1N\n",
    )
    write(folder / "u.genre", "unknown|0\nAction|1\nAdventure|2\n\n")
    write(folder / "u.occupation", "technician\nother\nstudent\n")
    write(folder / "u.info", "3 users\n5 items\n5 ratings\n")
    return folder


def _item(movie: int, title: str, released: str, *genres: int) -> str:
    flags = ("1" if n in genres else "0" for n in range(19))
    imdb = f"http://us.imdb.com/M/title-exact?{title.replace(' ', '%20')}" if released else ""
    return "|".join((str(movie), title, released, "", imdb, *flags)) + "\n"


def ml_1m(folder: Path) -> Path:
    """1M: `::`, Latin-1, users by brackets and codes."""
    _with_colons(folder)
    write(
        folder / "movies.dat",
        "1::Toy Story (1995)::Animation|Children's|Comedy\n"
        "543::Misérables, Les (1995)::Drama|Musical\n"
        "661::James and the Giant Peach (1996)::Animation|Children's|Musical\n"
        "1193::One Flew Over the Cuckoo's Nest (1975)::Drama\n",
        "latin-1",
    )
    write(
        folder / "users.dat", "1::F::1::10::48067\n2::M::56::16::70072\n3::M::25::0::55117-1234\n"
    )
    return folder


def ml_10m(folder: Path) -> Path:
    """10M: `::`, UTF-8, tags."""
    _with_colons(folder)
    write(
        folder / "movies.dat",
        "1::Toy Story (1995)::Adventure|Animation|Children|Comedy|Fantasy\n"
        "543::Misérables, Les (1995)::Drama|Musical\n"
        "661::James and the Giant Peach (1996)::Adventure|Animation|Children|Fantasy|Musical\n"
        "1193::One Flew Over the Cuckoo's Nest (1975)::Drama\n",
    )
    write(
        folder / "tags.dat",
        "15::1::Pixar::1215184630\n20::1::pixar::1188263867\n20::1::toys, alive::1188263867\n"
        "20::1193::Oscar: won::1188263867\n",
    )
    return folder


def ml_25m(folder: Path) -> Path:
    """25M, and all others in CSV: a header, quotes where a field has a comma, CRLF."""
    rated = "".join(f"{user},{movie},{stars}.0,{at}\r\n" for user, movie, stars, at in RATED)
    write(folder / "ratings.csv", "userId,movieId,rating,timestamp\r\n" + rated)
    write(
        folder / "movies.csv",
        "movieId,title,genres\r\n"
        "1,Toy Story (1995),Adventure|Animation|Children|Comedy|Fantasy\r\n"
        '543,"Misérables, Les (1995)",Drama|Musical\r\n'
        "661,James and the Giant Peach (1996),Adventure|Animation|Children|Fantasy|Musical\r\n"
        '1193,"One Flew ""Over"", the Cuckoo\'s Nest (1975)",Drama\r\n'
        "171631,Maria Bamford: Old Baby,(no genres listed)\r\n",
    )
    write(
        folder / "links.csv",
        "movieId,imdbId,tmdbId\r\n1,0114709,862\r\n543,0113828,\r\n661,0116683,10539\r\n"
        "1193,0073486,510\r\n171631,6264596,455601\r\n",
    )
    write(
        folder / "tags.csv",
        "userId,movieId,tag,timestamp\r\n3,1,Pixar,1439472355\r\n4,1,pixar,1573944252\r\n"
        '4,1,"toys, alive",1573943598\r\n4,1193,Oscar: won,1573945163\r\n',
    )
    write(folder / "genome-tags.csv", "tagId,tag\r\n1,007\r\n2,18th century\r\n")
    write(folder / "genome-scores.csv", "movieId,tagId,relevance\r\n1,1,0.029\r\n1,2,0.024\r\n")
    return folder


def _with_colons(folder: Path) -> None:
    write(folder / "ratings.dat", "".join("::".join(map(str, row)) + "\n" for row in RATED))


def write(path: Path, text: str, encoding: str = "utf-8") -> None:
    """A file, byte for byte, and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
