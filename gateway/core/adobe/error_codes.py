"""The documented error codes of each API, with status, action and message.

Facts
-----
* The codes, actions, statuses and messages of v2 and v1 are copied from the enhanced-error-codes page, word for word: an app may show a
  message. If v1's page lists several statuses for a code, the first one is used here.
* Client registration has the words of RFC 6749 (section 5.2) and RFC 7591 (section 3.2.2). All have the status 400, and no other member.
* `helpUrl` is the URL in all samples of the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

Dialect: TypeAlias = Literal["v2", "v1", "dcr"]

HELP_URL = (
    "https://experienceleague.adobe.com/docs/pass/authentication/auth-features/error-reportn/enhanced-error-codes.html"
)


class ErrorCode(NamedTuple):
    """The parts of an error beside its code."""

    status: int
    action: str
    message: str


_AGAIN = "The user must re-authenticate with a supported MVPD in order to continue."
_RETRY = "Retrying the request might solve the issue."
_PFS = "from the partner framework status header"

_DENIED = {
    "preauthorization_denied_by_mvpd": "The MVPD has returned a “Deny” decision when requesting pre-authorization for the specified resource.",
    "authorization_denied_by_mvpd": 'The MVPD has returned a "Deny" decision when requesting authorization for the specified resource.',
    "authorization_denied_by_parental_controls": 'The MVPD has returned a "Deny" decision due parental controls settings for the specified resource.',
}
_TOO_MANY = "The authorization or preauthorization request failed because too many resources were queried. Please contact support team to properly configure the authorization and preauthorization limitations."
_INVALIDATED = f"The authentication session was invalidated by the identity provider. {_AGAIN}"
_UNKNOWN_USER = "The authorization request failed due to the fact that user identity was not recognized by the MVPD."
_RETRIED = {
    "network_received_error": f"There was a read error while retrieving the response from the associated partner service. {_RETRY}",
    "network_connection_timeout": f"There was a connection timeout with the associated partner service. {_RETRY}",
    "maximum_execution_time_exceeded": f"The request did not complete in the maximum allowed time. {_RETRY}",
}


def _codes(status: int, action: str, messages: Mapping[str, str]) -> dict[str, ErrorCode]:
    return {code: ErrorCode(status, action, message) for code, message in messages.items()}


V2: Mapping[str, ErrorCode] = {
    **_codes(
        400,
        "none",
        {
            "invalid_parameter_service_provider": "The service provider parameter value is missing or invalid.",
            "invalid_parameter_mvpd": "The mvpd parameter value is missing or invalid.",
            "invalid_parameter_code": "The code parameter value is missing or invalid.",
            "invalid_parameter_resources": "The resources parameter value is missing or invalid.",
            "invalid_parameter_redirect_url": "The redirect URL parameter value is missing or invalid.",
            "invalid_parameter_partner": "The partner parameter value is missing or invalid.",
            "invalid_parameter_saml_response": "The SAML response parameter value is missing or invalid.",
            "invalid_header_device_info": "The device information header value is missing or invalid.",
            "invalid_header_device_identifier": "The device identifier header value is missing or invalid.",
            "invalid_header_identity_for_temporary_access": "The identity for temporary access header value is missing or invalid.",
            "invalid_header_pfs_permission_access_not_present": f"The permission access status value {_PFS} is not present.",
            "invalid_header_pfs_permission_access_not_determined": f"The permission access status value {_PFS} is undetermined.",
            "invalid_header_pfs_permission_access_not_granted": f"The permission access status value {_PFS} is not granted.",
            "invalid_header_pfs_provider_id_not_determined": f"The provider id value {_PFS} is not associated with a known mvpd.",
            "invalid_header_pfs_provider_id_mismatch": f"The provider id value {_PFS} does not match the mvpd sent as parameter.",
            "invalid_header_pfs_provider_info_expired": f"The provider information {_PFS} has expired.",
            "invalid_integration": "The integration between the specified service provider and mvpd does not exist or is disabled.",
            "invalid_authentication_session": "The authentication session associated with this request is missing or invalid.",
        },
    ),
    **_codes(
        403,
        "none",
        {
            **_DENIED,
            "authorization_denied_by_degradation_rule": "The integration between the specified service provider and mvpd has a degradation rule applied that denies authorization for the requested resources.",
        },
    ),
    **_codes(500, "none", {"internal_server_error": "The request failed due to an internal server error."}),
    **_codes(403, "configuration", {"too_many_resources": _TOO_MANY}),
    **_codes(
        500,
        "configuration",
        {
            "invalid_configuration_user_metadata_certificate": "The user metadata certificate configuration is missing or invalid.",
            "invalid_configuration_temporary_access": "The temporary access configuration is invalid.",
            "invalid_configuration_platform": "The platform configuration is missing or invalid for integration.",
            "invalid_configuration_platform_id": "The platform id configuration is missing or invalid.",
            "invalid_configuration_platform_trait": "The platform trait configuration is missing or invalid.",
            "invalid_configuration_platform_category_trait": "The platform category trait configuration is missing or invalid.",
            "invalid_configuration_platform_services": "The platform services configuration is missing or invalid for integration.",
            "invalid_configuration_mvpd_platform": "The mvpd platform configuration is missing or invalid for mvpd and platform.",
            "invalid_configuration_mvpd_platform_boarding_status": "The mvpd platform boarding status configuration is missing or invalid for mvpd and platform.",
            "invalid_configuration_mvpd_platform_profile_exchange": "The mvpd platform profile exchange configuration is missing or invalid for mvpd and platform.",
        },
    ),
    **_codes(
        401,
        "application-registration",
        {
            "invalid_access_token_service_provider": "The access token is invalid due to invalid service provider.",
            "invalid_access_token_client_application": "The access token is invalid due to invalid client application.",
        },
    ),
    **_codes(
        403,
        "authentication",
        {
            "authenticated_profile_missing": "The authenticated profile associated with this request is missing.",
            "authenticated_profile_expired": "The authenticated profile associated with this request has expired.",
            "authenticated_profile_invalidated": "The authenticated profile associated with this request has been invalidated.",
            "temporary_access_duration_limit_exceeded": "The temporary access duration limit has been exceeded.",
            "temporary_access_resources_limit_exceeded": "The temporary access resources limit has been exceeded.",
            "authorization_denied_by_hba_policies": f'The MVPD has returned a "Deny" decision due home-based authentication policies. The current authentication was obtain through a Home-based authentication flow and but the device is no longer in-home when requesting authorization for the specified resource. {_AGAIN}',
            "authorization_denied_by_session_invalidated": _INVALIDATED,
            "identity_not_recognized_by_mvpd": _UNKNOWN_USER,
        },
    ),
    **_codes(403, "retry", _RETRIED),
}
"""Codes of REST API v2."""

V1: Mapping[str, ErrorCode] = {
    **_codes(
        400,
        "none",
        {
            "invalid_requestor": "The requestor parameter is missing or invalid.",
            "invalid_device_info": "The device information is missing or invalid.",
            "invalid_device_id": "The device identifier is missing or invalid.",
            "missing_resource": "The resource parameter is missing.",
            "malformed_authz_request": "Authorization request is null or invalid.",
        },
    ),
    **_codes(403, "none", _DENIED),
    **_codes(500, "none", {"internal_error": "The request failed due to an internal server error."}),
    **_codes(
        400,
        "configuration",
        {
            "unknown_integration": "The integration between the specified programmer and identity provider does not exist. Use the TVE Dashboard to create the required integration."
        },
    ),
    **_codes(403, "configuration", {"too_many_resources": _TOO_MANY}),
    **_codes(
        400,
        "authentication",
        {
            "authentication_session_issuer_mismatch": "The authorization request failed due to the fact that the indicated MVPD for the authorization flow is different from the one who issued the authentication session. The user must re-authenticate with the desired MVPD in order to continue."
        },
    ),
    **_codes(
        403,
        "authentication",
        {
            "authorization_denied_by_hba_policies": f'The MVPD has returned a "Deny" decision due home-based authentication policies. The current authentication was obtained using a home-based authentication flow (HBA) but the device is no longer at-home when requesting authorization for the specified resource. {_AGAIN}',
            "authorization_denied_by_session_invalidated": _INVALIDATED,
            "identity_not_recognized_by_mvpd": _UNKNOWN_USER,
            "authentication_session_invalidated": _INVALIDATED,
            "authentication_session_missing": f"The authentication session associated with this request could not be retrieved. {_AGAIN}",
            "authentication_session_expired": f"The current authentication session has expired. {_AGAIN}",
        },
    ),
    **_codes(
        412,
        "authentication",
        {
            "preauthorization_authentication_session_missing": f"The authentication session associated with this request could not be retrieved. {_AGAIN}",
            "preauthorization_authentication_session_expired": f"The current authentication session has expired. {_AGAIN}",
        },
    ),
    **_codes(
        403,
        "authorization",
        {
            "authorization_not_found": "No authorization was found for the specified resource. The user must obtain a new authorization in order to continue."
        },
    ),
    **_codes(
        410,
        "authorization",
        {
            "authorization_expired": "The previous authorization for the specified resource has expired. The user must obtain a new authorization in order to continue."
        },
    ),
    **_codes(403, "retry", _RETRIED),
}
"""Codes of REST API v1, for customers with enhanced error codes."""

DCR: Mapping[str, ErrorCode] = _codes(
    400,
    "none",
    dict.fromkeys(
        (
            "invalid_request",
            "invalid_redirect_uri",
            "invalid_software_statement",
            "unapproved_software_statement",
            "invalid_client",
            "unauthorized_client",
            "unsupported_grant_type",
        ),
        "",
    ),
)
"""Codes of client registration: /o/client/register and /o/client/token."""

DIALECTS: Mapping[Dialect, Mapping[str, ErrorCode]] = {"v2": V2, "v1": V1, "dcr": DCR}
CODES = frozenset({code for codes in DIALECTS.values() for code in codes})
"""Every documented code."""
