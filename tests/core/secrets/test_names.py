"""What a name says of its value: tables of names that speak of secrets, and of names that do not."""

from __future__ import annotations

from gateway.core.secrets.names import kind_of_field, kind_of_name, says_something, words
from tests.harness.for_each import for_each

SECRET = {
    "password": "password passwd pwd passphrase passcode pass userPassword UserPassword USER_PASSWORD user-password PASSWORD login.password "
    "password1 password2 newPassword password_confirm passwordConfirmation pf.pass user_pass j_password idm_password "
    "pwdHash password_hash secret_answer securityAnswer wifi_psk",
    "user": "username userName user_name USERNAME user-name login user j_username pf.username os_username loginName user_id "
    "simpleSamlNameID subscriberId memberId X-Remote-User X-Forwarded-User remote_user primaryOID NameID saml:NameID",
    "email": "",
    "token": "token accessToken access_token refresh-token idToken id_token authToken X-Auth-Token X-Session-Token sessionToken jwt secret "
    "clientSecret client-secret api_key apiKey apikey X-Api-Key x-functions-api-key accountKey privateKey private_key accessKey secretKey "
    "subscription-key csrfToken csrf_token xsrf-token X-CSRF-Token csrfmiddlewaretoken authenticity_token __RequestVerificationToken "
    "sessionId session_id sessionid JSESSIONID PHPSESSID sid session signature sig X-Amz-Signature X-Goog-Signature x-amz-security-token hmac hdnts "
    "hdnea credential credentials assertion SAMLRequest authnToken session_guid sasToken deviceToken pushToken "
    "tokenValue IDToken1 bearerToken totp sessKey privKey encKey preshared_key creds user_creds passkey",
    "authorization": "authorization X-Authorization proxyAuthorization",
    "code": "otp_code otpCode oneTimeCode one_time_code verificationCode verification_code auth_code authCode mfaCode mfa_code securityCode "
    "resetCode smsCode confirmation_code user_code",
    "pin": "pin userPin card_pin",
    "device": "device_id deviceId DeviceID device-id deviceIdentifier device_guid serialNumber serial_number serialnumber deviceSerial "
    "X-Device-Serial androidId android_id advertisingId advertising_id idfa IDFV gaid rida udid duid imei imsi meid hwid channelClientId "
    "X-Imei",
    "visitor": "visitorId marketingCloudVisitorId ecid ECID",
    "household": "household_id householdIdentifier hhid",
}  # fmt: skip
VALUES = {"authorization": "Bearer abc123", "email": "jane@doe.example", "pin": "4711", "code": "123456"}
TABLE = [(kind, name) for kind, names in SECRET.items() for name in names.split()]


@for_each(("kind", "name"), TABLE)
def test_a_credential_is_known_in_any_usual_spelling(kind: str, name: str) -> None:
    assert kind_of_name(name, VALUES.get(kind, "Tr0ub4dor-3xyz")) == kind


@for_each("name", ["email", "eMail", "user_email", "emailAddress", "email_address", "X-User-Email", "contactMail"])
def test_an_email_address_is_one_where_it_looks_like_one(name: str) -> None:
    assert kind_of_name(name, "jane@doe.example") == "email"
    assert kind_of_name(name, "vAeCfNDkrhXXhzuCOVjedw==") == "email"  # what stands for one
    assert kind_of_name(name, "weekly") is None


def test_a_session_may_be_base64_without_a_digit() -> None:
    """Of random Base64 of 16 bytes each thirtieth has none."""
    for value in ("LgNxFKjqiscchcKagWwayQ==", "LgN/FKjqiscchcKagWw+yQ=="):
        assert kind_of_name("X-Session-Id", value) == "token"
    assert kind_of_name("session", "InteractiveUserSession") is None


HARMLESS = ["token_type", "tokenType", "expires", "expires_in", "password_policy", "passwordPolicy", "sessions", "tokens_count", "token_endpoint", "authorization_endpoint", "keyboard", "key", "code", "userAgent", "user_agent", "User-Agent", "statusCode", "status_code", "error_code", "errorCode", "country_code", "countryCode", "zip_code", "postalCode", "promo_code", "couponCode", "monkey", "turkey", "Idempotency-Key", "Surrogate-Key", "Cache-Key", "Sec-WebSocket-Key", "sortKey", "primaryKey", "foreign_key", "partition_key", "public_key_type", "nextPageToken", "pageToken", "continuation_token", "cursor", "content-type", "Access-Control-Allow-Credentials", "has_password", "hasPassword", "allowCredentials", "isTempPass", "tempPass", "passport", "compass", "bypass", "passed", "signature_method", "signatureAlgorithm", "session_duration", "sessionTimeout", "max_sessions", "maxSessions", "userinfo", "user_count", "users", "authType", "auth_method", "authenticated", "authorized", "author", "authority", "login_url", "loginUrl", "login-page", "logintype", "email_enabled", "emailTemplate", "emailVerified", "cookiePolicy", "cookie_consent", "pincode_length", "pinned", "spinner", "mapping", "secretary", "tokenizer", "tokenization", "design", "signal", "assign", "name", "displayName", "title", "id", "trace", "traceId", "requestId", "request_id", "etag", "hash", "checksum", "serial", "vendorId", "adId", "channelId", "number", "orderNumber", "hardwareModel", "mobileApp", "version", "sdkVersion", "device", "deviceType", "device_info", "deviceName", "hdr", "header", "resource", "mvpd", "issuer", "state_name", "statement", "certificate"]  # fmt: skip


@for_each("name", HARMLESS)
def test_a_word_that_only_sounds_like_one_says_nothing(name: str) -> None:
    assert kind_of_name(name, "Tr0ub4dor-3xyz") is None


@for_each(
    ("name", "value"),
    [
        ("password", "true"), ("token", "Bearer"), ("user", "guest"), ("login", "https://mvpd.example/login"), ("session", "started"),
        ("login", "success"), ("login", "Sign in"), ("authorization", "granted for Dish"), ("credentials", "include"), ("verification_code", "see below"), ("pin", "north"), ("auth", "enabled"),
        ("token", "a word of a text"), ("ip", "unknown"), ("password", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_the_value_is_none(name: str, value: str) -> None:
    assert kind_of_name(name, value) is None


def test_base64_that_begins_with_a_slash_is_a_token_and_a_path_is_none() -> None:
    for token in (
        "/ALCy734hAIRDhUJHr7EHFHlBBhrQEBEu9bJADRiMQ==",
        "/9j+4AAQSkZJRgABAQ/8eHBw",
        "//8zq0R1bWVkIGFzIGEga2V5",
    ):
        assert kind_of_name("X-Auth-Token", token) == "token", token
        assert kind_of_name("login", token) == "user", token
    for path in (
        "/oauth/v2/Token",
        "/o/client/token",
        "/Api/V2/Tokens/Refresh/All",
        "https://mvpd.example/Token2",
        "/login",
    ):
        assert kind_of_name("X-Auth-Token", path) is None, path


def test_the_codes_of_a_device_and_a_verifier_are_known() -> None:
    """RFC 8628 sections 3.2 and 6.1; RFC 7636 section 4.1."""
    found = {
        ("device_code", "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS"): "token",
        ("deviceCode", "AppleTV11"): None,
        ("user_code", "WDJB-MJHT"): "code",
        ("userCode", "WDJBMJHT"): "code",
        ("user_code", "BUSINESS"): None,
        ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"): "token",
        ("verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"): None,
    }
    assert {case: kind_of_name(*case) for case in found} == found


def test_a_bearer_token_is_one_under_any_name() -> None:
    for blank in " +":
        assert kind_of_name("note", f"Bearer{blank}Tr0ub4dor-3xyz-abc/+==", in_url=True) == "authorization"
    for said in ("Bearer", "Bearer of good news", "bearer authentication", "Bearer realm=x", "Bearer 12"):
        assert kind_of_name("note", said) is None


def test_a_number_is_no_token_and_the_first_user_is_nobody() -> None:
    assert kind_of_name("token", "12345", is_number=True) is None
    assert kind_of_name("userId", "1", is_number=True) is None
    assert kind_of_name("user_id", "123456789", is_number=True) == "user"


@for_each(
    ("name", "value"),
    [
        ("X-Original-Forwarded-For", "81.2.69.160"), ("X-Client-IP", "81.2.69.160, 10.0.0.1"), ("CloudFront-Viewer-Address", "81.2.69.160:4711"),
        ("X-Envoy-External-Address", "8.8.4.4"), ("X-Azure-SocketIP", "2a02:8071:5f0::1234"), ("Fly-Client-IP", "81.2.69.160"),
        ("X-Anything-Else", "8.8.4.4"), ("X-Anything-Else", '"[2a02:8071::5]:80"'), ("X-ProxyUser-Ip", "8.8.8.8"), ("X-Appengine-User-Ip", "8.8.8.8"),
        ("X-Real-Ip-Port", "81.2.69.178:4711"),
    ],
)  # fmt: skip
def test_an_address_in_a_field_is_a_clients(name: str, value: str) -> None:
    assert kind_of_field(name, value) == "addresses"


@for_each(
    ("name", "value"),
    [
        ("X-App-Version", "4.2.1.16"), ("X-Build", "10.0.0.1"), ("X-SDK-Version", "3.7.0.2"), ("Sec-CH-UA-Full-Version", "1.2.3.4"),
        ("X-Forwarded-Host", "api.auth.adobe.com"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "10.0.0.1"), ("Age", "12"),
        ("Date", "Mon, 19 Aug 2024 17:17:48 GMT"), ("X-Time", "17:17:48"), ("X-Client-IP", "unknown"),
    ],
)  # fmt: skip
def test_a_version_a_host_and_a_time_are_none(name: str, value: str) -> None:
    assert kind_of_field(name, value) is None


def test_words_are_read_off_every_spelling() -> None:
    for name in ("sessionId", "session_id", "SESSION-ID", "session.id", "sessionid", "SessionID", "session_id2"):
        assert words(name) == ("session", "id")
    assert words("XMLHttpRequestToken")[-1] == "token"


def test_what_is_long_is_no_name() -> None:
    assert not says_something("password" * 100)
    assert not says_something("p")
    assert not says_something("")


@for_each("name", ["mac", "macAddress", "mac_address", "wifiMac", "wifi_mac_address", "X-Mac-Address", "ethernetMac"])
def test_a_mac_address_is_one_where_it_looks_like_one(name: str) -> None:
    for value in ("00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "001A2B3C4D5E", "001a.2b3c.4d5e"):
        assert kind_of_name(name, value) == "device"
    for value in ("sha256", "Tr0ub4dor-3xyz", "00:1A:2B:3C:4D"):
        assert kind_of_name(name, value) is None


@for_each(
    "name",
    ["phone", "phoneNumber", "phone_number", "mobile", "mobilePhone", "telephone", "msisdn", "X-Msisdn", "homePhone"],
)
def test_a_telephone_number_is_one_where_it_looks_like_one(name: str) -> None:
    for value in ("+15551234567", "(555) 123-4567", "0049 30 1234567", "5551234567"):
        assert kind_of_name(name, value) == "user"
    for value in ("iPhone 15", "Pixel 7", "12345", "true", "12345678901234567"):
        assert kind_of_name(name, value) is None
