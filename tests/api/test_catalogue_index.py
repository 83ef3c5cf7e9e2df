"""The catalogue of this moment: its file's, else the store's."""

from pathlib import Path

from api.catalogue_index import CurrentCatalogue
from contracts.catalogue import save
from tests.api.fakes import CATALOGUE, FakeSource


def test_the_catalogues_file_replaces_the_stores_as_soon_as_it_appears(tmp_path: Path) -> None:
    catalogue = CurrentCatalogue(tmp_path / "catalogue.json", FakeSource(None))
    catalogue.refresh()
    before = len(catalogue.index)
    save(tmp_path / "catalogue.json", CATALOGUE)

    catalogue.refresh()

    assert (before, len(catalogue.index)) == (0, 5)


def test_a_damaged_catalogue_file_leaves_the_stores(tmp_path: Path) -> None:
    (tmp_path / "catalogue.json").write_text("{")
    catalogue = CurrentCatalogue(tmp_path / "catalogue.json", FakeSource())

    catalogue.refresh()

    assert len(catalogue.index) == 5
