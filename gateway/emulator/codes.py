"""All error codes in the documentation, by API: action, statuses, Adobe's own message, and how an app gets the code from the emulator.

Facts
-----
* The table has the words of the enhanced-error-codes page. A code of v1 may have several statuses. The first one is the default.
* The words of client registration are from its two pages. They have no message.
* Four more codes are only in the published OpenAPI file, without status, action and message. They are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

PAGE = "features-standard/error-reporting/enhanced-error-codes"
"""The page with the codes of v2 and v1, below `integration-guide-programmers`."""
REGISTER_PAGE = "rest-apis/rest-api-dcr/apis/dynamic-client-registration-apis-retrieve-client-credentials"
TOKEN_PAGE = "rest-apis/rest-api-dcr/apis/dynamic-client-registration-apis-retrieve-access-token"  # noqa: S105  # a page


class Code(NamedTuple):
    """The parts of an error, except the code itself."""

    action: str
    statuses: tuple[int, ...]
    message: str
    how: str = ""
    """How an app gets the code without X-Emulator-Status. Empty if there is no other way."""

    @property
    def status(self) -> int:
        """The default status."""
        return self.statuses[0]


class Word(NamedTuple):
    """An error of client registration: one word, and no message."""

    page: str
    how: str = ""


_BY_ERROR = "the catalogue's `error:` of an MVPD"


def _all(action: str, status: int, codes: Mapping[str, tuple[str, str]]) -> dict[str, Code]:
    return {code: Code(action, (status,), message, how) for code, (message, how) in codes.items()}


V2: Mapping[str, Code] = {
    **_all("none", 400, {
        "invalid_parameter_service_provider": ("The service provider parameter value is missing or invalid.", "a malformed service provider, or one that the catalogue's `service_providers` does not list; strict: a path with swapped segments"),
        "invalid_parameter_mvpd": ("The mvpd parameter value is missing or invalid.", "an MVPD that is not in the catalogue"),
        "invalid_parameter_code": ("The code parameter value is missing or invalid.", "a code that is not seven letters and digits"),
        "invalid_parameter_resources": ("The resources parameter value is missing or invalid.", "a decision's body that is not `{\"resources\": [\"…\"]}`"),
        "invalid_parameter_redirect_url": ("The redirect URL parameter value is missing or invalid.", "a logout without redirectUrl; strict: also a relative redirectUrl, or two of them"),
        "invalid_parameter_partner": ("The partner parameter value is missing or invalid.", "a partner other than Apple"),
        "invalid_parameter_saml_response": ("The SAML response parameter value is missing or invalid.", "a `SAMLResponse` at profiles/sso that is not Base64"),
        "invalid_header_device_info": ("The device information header value is missing or invalid.", "an X-Device-Info that is not Base64; strict: also no X-Device-Info, or an X-Device-Info that is not a JSON object"),
        "invalid_header_device_identifier": ("The device identifier header value is missing or invalid.", "no AP-Device-Identifier, or one that is not `fingerprint` and Base64"),
        "invalid_header_identity_for_temporary_access": ("The identity for temporary access header value is missing or invalid.", "a call for an MVPD with `resources`, without AP-TempPass-Identity"),
        "invalid_header_pfs_permission_access_not_present": ("The permission access status value from the partner framework status header is not present.", "no AP-Partner-Framework-Status at profiles/sso, or one without accessStatus"),
        "invalid_header_pfs_permission_access_not_determined": ("The permission access status value from the partner framework status header is undetermined.", "accessStatus `notDetermined`"),
        "invalid_header_pfs_permission_access_not_granted": ("The permission access status value from the partner framework status header is not granted.", "accessStatus `denied` or `restricted`"),
        "invalid_header_pfs_provider_id_not_determined": ("The provider id value from the partner framework status header is not associated with a known mvpd.", "a provider id that is not in the catalogue"),
        "invalid_header_pfs_provider_id_mismatch": ("The provider id value from the partner framework status header does not match the mvpd sent as parameter.", "strict: another MVPD's provider id at profiles/{mvpd} or decisions"),
        "invalid_header_pfs_provider_info_expired": ("The provider information from the partner framework status header has expired.", "an expirationDate in the past"),
        "invalid_integration": ("The integration between the specified service provider and mvpd does not exist or is disabled.", "the catalogue's `service_providers: none` of an MVPD, or a list without the caller's service provider"),
        "invalid_authentication_session": ("The authentication session associated with this request is missing or invalid.", "a code that was never given, or is older than 30 minutes"),
    }),
    **_all("none", 403, {
        "preauthorization_denied_by_mvpd": ("The MVPD has returned a “Deny” decision when requesting pre-authorization for the specified resource.", "preauthorize for a resource that the catalogue denies"),
        "authorization_denied_by_mvpd": ('The MVPD has returned a "Deny" decision when requesting authorization for the specified resource.', "authorize for a resource that the catalogue denies"),
        "authorization_denied_by_parental_controls": ('The MVPD has returned a "Deny" decision due parental controls settings for the specified resource.', "a resource whose rating is above the profile's maxRating"),
        "authorization_denied_by_degradation_rule": ("The integration between the specified service provider and mvpd has a degradation rule applied that denies authorization for the requested resources.", "the catalogue's `degradation: AuthZNone` of an MVPD"),
    }),
    **_all("none", 500, {
        "internal_server_error": ("The request failed due to an internal server error.", ""),
    }),
    **_all("configuration", 403, {
        "too_many_resources": ("The authorization or preauthorization request failed because too many resources were queried. Please contact support team to properly configure the authorization and preauthorization limitations.", "more resources than the catalogue's `most_resources`, 5 by default"),
    }),
    **_all("configuration", 500, {
        "invalid_configuration_user_metadata_certificate": ("The user metadata certificate configuration is missing or invalid.", _BY_ERROR),
        "invalid_configuration_temporary_access": ("The temporary access configuration is invalid.", _BY_ERROR),
        "invalid_configuration_platform": ("The platform configuration is missing or invalid for integration.", _BY_ERROR),
        "invalid_configuration_platform_id": ("The platform id configuration is missing or invalid.", _BY_ERROR),
        "invalid_configuration_platform_trait": ("The platform trait configuration is missing or invalid.", _BY_ERROR),
        "invalid_configuration_platform_category_trait": ("The platform category trait configuration is missing or invalid.", _BY_ERROR),
        "invalid_configuration_platform_services": ("The platform services configuration is missing or invalid for integration.", _BY_ERROR),
        "invalid_configuration_mvpd_platform": ("The mvpd platform configuration is missing or invalid for mvpd and platform.", _BY_ERROR),
        "invalid_configuration_mvpd_platform_boarding_status": ("The mvpd platform boarding status configuration is missing or invalid for mvpd and platform.", _BY_ERROR),
        "invalid_configuration_mvpd_platform_profile_exchange": ("The mvpd platform profile exchange configuration is missing or invalid for mvpd and platform.", _BY_ERROR),
    }),
    **_all("application-registration", 401, {
        "invalid_access_token_service_provider": ("The access token is invalid due to invalid service provider.", "a token of an application that has other service providers in the catalogue's `applications`"),
        "invalid_access_token_client_application": ("The access token is invalid due to invalid client application.", "no bearer token; strict: a token that has expired, has no scope api:client:v2, or is not the emulator's"),
    }),
    **_all("authentication", 403, {
        "authenticated_profile_missing": ("The authenticated profile associated with this request is missing.", "a decision for a device that is not logged in"),
        "authenticated_profile_expired": ("The authenticated profile associated with this request has expired.", "a decision after the profile's notAfter"),
        "authenticated_profile_invalidated": ("The authenticated profile associated with this request has been invalidated.", "a decision after another app's single logout"),
        "temporary_access_duration_limit_exceeded": ("The temporary access duration limit has been exceeded.", "TempPass after its `duration`"),
        "temporary_access_resources_limit_exceeded": ("The temporary access resources limit has been exceeded.", "a promotional TempPass after its `resources`"),
        "authorization_denied_by_hba_policies": ('The MVPD has returned a "Deny" decision due home-based authentication policies. The current authentication was obtain through a Home-based authentication flow and but the device is no longer in-home when requesting authorization for the specified resource. The user must re-authenticate with a supported MVPD in order to continue.', "the catalogue's `resources: {NAME: authorization_denied_by_hba_policies}`"),
        "authorization_denied_by_session_invalidated": ("The authentication session was invalidated by the identity provider. The user must re-authenticate with a supported MVPD in order to continue.", "the same with this code"),
        "identity_not_recognized_by_mvpd": ("The authorization request failed due to the fact that user identity was not recognized by the MVPD.", "the same with this code"),
    }),
    **_all("retry", 403, {
        "network_received_error": ("There was a read error while retrieving the response from the associated partner service. Retrying the request might solve the issue.", "the same with this code"),
        "network_connection_timeout": ("There was a connection timeout with the associated partner service. Retrying the request might solve the issue.", "the same with this code"),
        "maximum_execution_time_exceeded": ("The request did not complete in the maximum allowed time. Retrying the request might solve the issue.", "the same with this code"),
    }),
}  # fmt: skip
"""The codes of REST API v2."""

_AGAIN = "The user must re-authenticate with a supported MVPD in order to continue."
_NOT_RETRIEVED = f"The authentication session associated with this request could not be retrieved. {_AGAIN}"
_EXPIRED = f"The current authentication session has expired. {_AGAIN}"
_INVALIDATED = f"The authentication session was invalidated by the identity provider. {_AGAIN}"

V1: Mapping[str, Code] = {
    "invalid_requestor": Code("none", (400,), "The requestor parameter is missing or invalid."),
    "invalid_device_info": Code("none", (400,), "The device information is missing or invalid."),
    "invalid_device_id": Code("none", (400,), "The device identifier is missing or invalid."),
    "missing_resource": Code("none", (400, 412), "The resource parameter is missing."),
    "malformed_authz_request": Code("none", (400, 412), "Authorization request is null or invalid."),
    "preauthorization_denied_by_mvpd": Code("none", (403,), V2["preauthorization_denied_by_mvpd"].message),
    "authorization_denied_by_mvpd": Code("none", (403,), V2["authorization_denied_by_mvpd"].message, "preauthorize for a resource that the catalogue denies"),
    "authorization_denied_by_parental_controls": Code("none", (403,), V2["authorization_denied_by_parental_controls"].message, "preauthorize for a resource above the profile's maxRating"),
    "internal_error": Code("none", (500, 400, 405), "The request failed due to an internal server error."),
    "unknown_integration": Code("configuration", (400, 412), "The integration between the specified programmer and identity provider does not exist. Use the TVE Dashboard to create the required integration."),
    "too_many_resources": Code("configuration", (403,), V2["too_many_resources"].message),
    "authentication_session_issuer_mismatch": Code("authentication", (400,), "The authorization request failed due to the fact that the indicated MVPD for the authorization flow is different from the one who issued the authentication session. The user must re-authenticate with the desired MVPD in order to continue."),
    "authorization_denied_by_hba_policies": Code("authentication", (403,), 'The MVPD has returned a "Deny" decision due home-based authentication policies. The current authentication was obtained using a home-based authentication flow (HBA) but the device is no longer at-home when requesting authorization for the specified resource. The user must re-authenticate with a supported MVPD in order to continue.'),
    "authorization_denied_by_session_invalidated": Code("authentication", (403,), _INVALIDATED),
    "identity_not_recognized_by_mvpd": Code("authentication", (403,), V2["identity_not_recognized_by_mvpd"].message),
    "authentication_session_invalidated": Code("authentication", (403,), _INVALIDATED),
    "authentication_session_missing": Code("authentication", (403, 412), _NOT_RETRIEVED),
    "authentication_session_expired": Code("authentication", (403, 412), _EXPIRED),
    "preauthorization_authentication_session_missing": Code("authentication", (412,), _NOT_RETRIEVED),
    "preauthorization_authentication_session_expired": Code("authentication", (412,), _EXPIRED),
    "authorization_not_found": Code("authorization", (403, 404), "No authorization was found for the specified resource. The user must obtain a new authorization in order to continue."),
    "authorization_expired": Code("authorization", (410,), "The previous authorization for the specified resource has expired. The user must obtain a new authorization in order to continue."),
    "network_received_error": Code("retry", (403,), V2["network_received_error"].message),
    "network_connection_timeout": Code("retry", (403,), V2["network_connection_timeout"].message),
    "maximum_execution_time_exceeded": Code("retry", (403,), V2["maximum_execution_time_exceeded"].message),
}  # fmt: skip
"""The codes of REST API v1. Adobe enables them for single customers. The emulator gives them on request, and in lists of resources."""

REGISTRATION: Mapping[str, Word] = {
    "invalid_request": Word(
        TOKEN_PAGE, "a missing parameter; strict: also a repeated parameter, or another Content-Type"
    ),
    "invalid_redirect_uri": Word(REGISTER_PAGE, "a redirect_uri that is not a text"),
    "invalid_software_statement": Word(
        REGISTER_PAGE,
        "an empty statement; strict: also a statement that is not a JWT of three Base64 parts with a JSON object",
    ),
    "unapproved_software_statement": Word(
        REGISTER_PAGE,
        "the catalogue's `applications: {NAME: {approved: false}}`; strict: a statement of an issuer other than auth.adobe.com",
    ),
    "invalid_client": Word(TOKEN_PAGE, "strict: credentials that this emulator did not give"),
    "unauthorized_client": Word(TOKEN_PAGE, "the catalogue's `applications: {NAME: {grant: false}}`"),
    "unsupported_grant_type": Word(TOKEN_PAGE, "a grant_type other than client_credentials"),
}
"""The errors of `/o/client/register` and `/o/client/token`."""
