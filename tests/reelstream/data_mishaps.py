"""Mishaps of the data that a demo is given."""

import shutil

from harness.builders import movielens
from harness.reelstream.command_runner import Ended, Machine
from tests.reelstream.provoked_mishaps import Mishaps

MISHAPS = Mishaps()


@MISHAPS.named("the data path does not exist")
def no_data(machine: Machine) -> Ended:
    return machine.reelstream("demo", "--data", str(machine.folder / "none"))


@MISHAPS.named("the data path is not MovieLens")
def other_data(machine: Machine) -> Ended:
    folder = movielens(machine.folder / "other")
    (folder / "ratings.csv").write_text("user,item,stars\n1,2,3\n")
    return machine.reelstream("demo", "--data", str(folder))


@MISHAPS.named("several files of the data hold ratings, and none is named as in the releases")
def ambiguous_data(machine: Machine) -> Ended:
    folder = movielens(machine.folder / "ambiguous", "1,10,4.0,1000000000\n")
    shutil.copy(folder / "ratings.csv", folder / "a.csv")
    (folder / "ratings.csv").rename(folder / "b.csv")
    return machine.reelstream("demo", "--data", str(folder))


@MISHAPS.named("the data's movies file has another format")
def other_movies(machine: Machine) -> Ended:
    folder = movielens(machine.folder / "semicolons", "1,10,4.0,1000000000\n")
    (folder / "movies.csv").write_text("10;Heat;Action\n")
    return machine.reelstream("demo", "--data", str(folder))


@MISHAPS.named("a row of the data is invalid")
def damaged_row(machine: Machine) -> Ended:
    rows = "1,10,4.0,1000000000\n1,20,many,1000000001\n"
    folder = movielens(machine.folder / "damaged", rows, "10,Heat (1995),Action\n")
    return machine.reelstream("demo", "--data", str(folder))
