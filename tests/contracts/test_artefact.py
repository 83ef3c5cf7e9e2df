import hashlib
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from contracts.artefact import (
    GONE_ARRAYS,
    Array,
    BrokenArtefact,
    Manifest,
    decode_array,
    encode_array,
    finished,
    folder,
    load,
    model_from,
    newest_version,
    read_manifest,
    retain,
    save,
)
from contracts.hyper_parameters import GONE, UNTOLD, Parameters
from contracts.topics import Identity
from harness.builders import model


def manifest(version: int = 3) -> Manifest:
    topic = Identity("cluster", "topic", 4)
    return Manifest(version, topic, {0: 5, 1: 0}, Parameters(), {"hits": 0.5}, "ok", "1", 7, {})


def saved(root: Path, version: int = 3) -> dict[str, Array]:
    arrays = model().arrays()
    save(root, manifest(version), arrays)
    return arrays


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    arrays = saved(tmp_path)

    found, loaded = load(tmp_path, 3)

    assert found.snapshot == {0: 5, 1: 0}
    assert loaded.keys() == arrays.keys()
    assert all(np.array_equal(loaded[name], arrays[name]) for name in arrays)


def test_what_an_older_release_did_not_write_is_off(tmp_path: Path) -> None:
    saved(tmp_path)
    path = tmp_path / "v000003" / "manifest.json"
    written = json.loads(path.read_bytes())
    for name in UNTOLD:
        del written["parameters"][name]
    path.write_text(json.dumps(written))

    found, _ = load(tmp_path, 3)

    assert found.parameters == replace(Parameters(), **UNTOLD)


def test_what_is_gone_of_an_older_release_is_not_read(tmp_path: Path) -> None:
    one = model()
    save(tmp_path, manifest(), one.arrays() | dict.fromkeys(GONE_ARRAYS, one.factors))
    path = tmp_path / "v000003" / "manifest.json"
    written = json.loads(path.read_bytes())
    written["parameters"] |= dict.fromkeys(GONE, 2)
    path.write_text(json.dumps(written))

    found, arrays = load(tmp_path, 3)

    assert found.parameters == Parameters()
    assert model_from(arrays, found.parameters).arrays().keys() == one.arrays().keys()


def test_the_manifest_names_the_checksum_of_every_array(tmp_path: Path) -> None:
    assert save(tmp_path, manifest(), model().arrays()).sha256.keys() == model().arrays().keys()


def test_a_model_is_made_of_its_arrays_again() -> None:
    one = model()

    other = model_from(one.arrays(), one.parameters)

    assert other.mean == one.mean
    assert all(np.array_equal(a, other.arrays()[name]) for name, a in one.arrays().items())


def test_an_altered_array_is_refused(tmp_path: Path) -> None:
    saved(tmp_path)
    path = folder(tmp_path, 3) / "factors.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")

    with pytest.raises(BrokenArtefact, match="factors"):
        load(tmp_path, 3)


def test_a_missing_array_is_refused(tmp_path: Path) -> None:
    saved(tmp_path)
    (folder(tmp_path, 3) / "biases.npy").unlink()

    with pytest.raises(BrokenArtefact, match=r"biases\.npy"):
        load(tmp_path, 3)


def test_an_artefact_without_manifest_is_unfinished(tmp_path: Path) -> None:
    saved(tmp_path)
    (folder(tmp_path, 3) / "manifest.json").unlink()

    with pytest.raises(BrokenArtefact):
        load(tmp_path, 3)


def test_a_manifest_that_is_none_is_refused(tmp_path: Path) -> None:
    saved(tmp_path)
    (folder(tmp_path, 3) / "manifest.json").write_text("{}")

    with pytest.raises(BrokenArtefact):
        load(tmp_path, 3)


def test_a_folder_under_another_versions_name_is_refused(tmp_path: Path) -> None:
    saved(tmp_path, 3)
    folder(tmp_path, 3).rename(folder(tmp_path, 4))

    with pytest.raises(BrokenArtefact, match="version 3"):
        load(tmp_path, 4)


def test_saving_replaces_the_leftovers_of_an_unfinished_version(tmp_path: Path) -> None:
    folder(tmp_path, 3).mkdir(parents=True)
    (folder(tmp_path, 3) / "old.npy").write_bytes(b"left over")

    saved(tmp_path, 3)

    assert not (folder(tmp_path, 3) / "old.npy").exists()


def test_the_newest_version_counts_unfinished_ones(tmp_path: Path) -> None:
    saved(tmp_path, 3)
    folder(tmp_path, 12).mkdir()

    assert newest_version(tmp_path) == 12


def test_an_empty_store_has_no_version(tmp_path: Path) -> None:
    assert newest_version(tmp_path / "none") == 0


def test_an_array_of_objects_is_not_encoded() -> None:
    with pytest.raises(ValueError, match="pickle"):
        encode_array(np.array([object()]))


def test_an_encoded_array_is_decoded() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)

    assert np.array_equal(decode_array(encode_array(array)), array)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_number_that_is_none_is_neither_saved_nor_loaded(tmp_path: Path, bad: float) -> None:
    one = model()
    one.factors[3, 1] = bad

    with pytest.raises(BrokenArtefact, match=r"NaN or infinite values in .*factors"):
        save(tmp_path, manifest(), one.arrays())

    assert newest_version(tmp_path) == 0
    saved(tmp_path)
    altered = encode_array(one.factors)
    (folder(tmp_path, 3) / "factors.npy").write_bytes(altered)
    told = msgspec.json.decode((folder(tmp_path, 3) / "manifest.json").read_bytes())
    told["sha256"]["factors"] = hashlib.sha256(altered).hexdigest()
    (folder(tmp_path, 3) / "manifest.json").write_bytes(msgspec.json.encode(told))
    with pytest.raises(BrokenArtefact, match=r"NaN or infinite values in .*factors"):
        load(tmp_path, 3)


def test_a_manifest_is_read_alone(tmp_path: Path) -> None:
    saved(tmp_path)
    (folder(tmp_path, 3) / "factors.npy").unlink()

    assert read_manifest(tmp_path, 3).metrics == {"hits": 0.5}


def test_finished_versions_are_those_with_a_manifest(tmp_path: Path) -> None:
    for version in (12, 3):
        saved(tmp_path, version)
    folder(tmp_path, 5).mkdir()

    assert finished(tmp_path) == [3, 12]


def test_the_newest_finished_versions_are_retained_and_those_that_are_named(
    tmp_path: Path,
) -> None:
    for version in (1, 2, 3, 4, 6):
        saved(tmp_path, version)
    (folder(tmp_path, 5)).mkdir()
    (tmp_path / "lock").touch()

    retain(tmp_path, 2, {1, None})

    assert finished(tmp_path) == [1, 4, 6]
    assert {path.name for path in tmp_path.iterdir()} == {"v000001", "v000004", "v000006", "lock"}


def test_a_version_that_is_half_deleted_is_unfinished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in (1, 2):
        saved(tmp_path, version)

    class Killed(Exception):
        pass

    def killed(_: Path) -> None:
        raise Killed

    monkeypatch.setattr("contracts.artefact.shutil.rmtree", killed)
    with pytest.raises(Killed):
        retain(tmp_path, 1, ())

    assert finished(tmp_path) == [2]
