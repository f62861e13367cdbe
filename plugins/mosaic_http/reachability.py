"""From where Mosaic may be reached: from this machine, or with encryption by names that it knows."""

from __future__ import annotations

from mosaic_hookspecs.errors import InputError

from .settings import LOOPBACK, Config


def require_safe(config: Config) -> None:
    """Refuse to be reached from elsewhere without encryption.

    Raises:
        InputError: the address is not loopback, and there is no certificate (code ``no-tls``) or no name
            (code ``no-names``).
    """
    if config.host in LOOPBACK:
        return
    if not config.tls_certificate:
        raise InputError(
            "no-tls",
            "Mosaic is not served to other machines without TLS: the token would be readable on the way",
            where="plugins.http.host",
            expected=f"{' or '.join(LOOPBACK)}, or a certificate",
            got=config.host,
            hint="Set plugins.http.tls_certificate and tls_key, or reach it through `ssh -L`.",
        )
    if not config.names:
        raise InputError(
            "no-names",
            "Mosaic must know by which names other machines reach it, and answers to no others",
            where="plugins.http.names",
            expected="host names, such as those of the certificate",
        )
