import ssl
from pathlib import Path
from typing import Any

import pytest

from reelstream.truststore import PASSWORD, key_store, network_options, trusted_certificates

PROXIES = ("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.spark
def test_java_reads_the_certificates_that_python_trusts(tmp_path: Path, spark: Any) -> None:
    store, certificates = tmp_path / "trusted.jks", trusted_certificates()
    store.write_bytes(key_store(certificates))
    java = spark.sparkContext._jvm
    password = spark.sparkContext._gateway.new_array(java.char, len(PASSWORD))
    for i, character in enumerate(PASSWORD):
        password[i] = character

    read = java.java.security.KeyStore.getInstance("JKS")
    read.load(java.java.io.FileInputStream(str(store)), password)

    assert len(certificates) > 50
    assert read.size() == len(certificates)
    assert bytes(read.getCertificate("ca0").getEncoded()) == certificates[0]


def test_a_machine_without_certificates_leaves_java_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelstream.truststore.trusted_certificates", list)

    assert network_options(tmp_path) == []


def test_certificates_of_a_file_that_the_machine_names_are_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = trusted_certificates()[0]
    (tmp_path / "ours.pem").write_text(ssl.DER_cert_to_PEM_cert(one))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ours.pem"))

    assert trusted_certificates() == [one]


def test_a_proxy_is_passed_on_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://user:secret@proxy.example:3128")
    monkeypatch.setenv("no_proxy", "localhost,.example")

    options = network_options(tmp_path)

    assert "-Dhttps.proxyHost=proxy.example" in options
    assert "-Dhttps.proxyPort=3128" in options
    assert "-Dhttp.nonProxyHosts=localhost|*.example" in options
    assert not any("secret" in option for option in options)
