"""The versions of TLS that apps may use."""

from __future__ import annotations

import ssl
import warnings

OLD = frozenset({"1.0", "1.1"})
VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


def allow_versions(context: ssl.SSLContext, min_version: str) -> None:
    """Let clients use `min_version` of TLS and newer ones. TLS 1.0 and 1.1 need ciphers that OpenSSL no longer allows by default."""
    if min_version in OLD:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():  # the configuration has already warned of old versions
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = VERSIONS[min_version]
