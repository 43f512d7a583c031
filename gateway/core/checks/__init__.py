"""Header checks, in the order in which they report."""

from gateway.core.checking import Check
from gateway.core.checks.accept_json import accept_json
from gateway.core.checks.answer_error import answer_error
from gateway.core.checks.answer_error_status import answer_error_status
from gateway.core.checks.answer_html import answer_html
from gateway.core.checks.answer_json import answer_json
from gateway.core.checks.answer_key import answer_key
from gateway.core.checks.answer_logouts import answer_logouts
from gateway.core.checks.answer_pair import answer_pair
from gateway.core.checks.answer_relative_url import answer_relative_url
from gateway.core.checks.answer_with_url import answer_with_url
from gateway.core.checks.answer_without_url import answer_without_url
from gateway.core.checks.authorization_present import authorization_present
from gateway.core.checks.authorization_scheme import authorization_scheme
from gateway.core.checks.body_undefined import body_undefined
from gateway.core.checks.client_identity_changes import client_identity_changes
from gateway.core.checks.configuration_fetched import configuration_fetched
from gateway.core.checks.content_type import content_type
from gateway.core.checks.content_type_undefined import content_type_undefined
from gateway.core.checks.forwarded_bare import forwarded_bare
from gateway.core.checks.forwarded_is_address import forwarded_is_address
from gateway.core.checks.forwarded_matches_info import forwarded_matches_info
from gateway.core.checks.forwarded_present import forwarded_present
from gateway.core.checks.forwarded_public import forwarded_public
from gateway.core.checks.forwarded_shared import forwarded_shared
from gateway.core.checks.forwarded_single import forwarded_single
from gateway.core.checks.header_placeholder import header_placeholder
from gateway.core.checks.header_repeated import header_repeated
from gateway.core.checks.header_undefined import header_undefined
from gateway.core.checks.host_known import host_known
from gateway.core.checks.identifier_base64 import identifier_base64
from gateway.core.checks.identifier_changes import identifier_changes
from gateway.core.checks.identifier_grammar import identifier_grammar
from gateway.core.checks.identifier_placeholder import identifier_placeholder
from gateway.core.checks.identifier_present import identifier_present
from gateway.core.checks.identifier_shared import identifier_shared
from gateway.core.checks.identifier_text import identifier_text
from gateway.core.checks.info_alphabet import info_alphabet
from gateway.core.checks.info_base64 import info_base64
from gateway.core.checks.info_connection import info_connection
from gateway.core.checks.info_json import info_json
from gateway.core.checks.info_of_server import info_of_server
from gateway.core.checks.info_percent_encoded import info_percent_encoded
from gateway.core.checks.info_present import info_present
from gateway.core.checks.info_present_in_browser import info_present_in_browser
from gateway.core.checks.info_required import info_required
from gateway.core.checks.info_type_member import info_type_member
from gateway.core.checks.info_values import info_values
from gateway.core.checks.logout_after_denial import logout_after_denial
from gateway.core.checks.partner_status import partner_status
from gateway.core.checks.partner_status_expired import partner_status_expired
from gateway.core.checks.partner_status_present import partner_status_present
from gateway.core.checks.path_double_encoded import path_double_encoded
from gateway.core.checks.polling import polling
from gateway.core.checks.query_undefined import query_undefined
from gateway.core.checks.redirect_absolute import redirect_absolute
from gateway.core.checks.redirect_double_encoded import redirect_double_encoded
from gateway.core.checks.redirect_encoded import redirect_encoded
from gateway.core.checks.redirect_once import redirect_once
from gateway.core.checks.redirect_present import redirect_present
from gateway.core.checks.redirect_secure import redirect_secure
from gateway.core.checks.route_known import route_known
from gateway.core.checks.route_method import route_method
from gateway.core.checks.route_mvpd import route_mvpd
from gateway.core.checks.route_order import route_order
from gateway.core.checks.route_placeholder import route_placeholder
from gateway.core.checks.service_token_claims import service_token_claims
from gateway.core.checks.sso_expired import sso_expired
from gateway.core.checks.sso_lost_at_logout import sso_lost_at_logout
from gateway.core.checks.sso_malformed import sso_malformed
from gateway.core.checks.sso_of_roku import sso_of_roku
from gateway.core.checks.sso_one_platform import sso_one_platform
from gateway.core.checks.temp_pass import temp_pass
from gateway.core.checks.throttle_budget import throttle_budget
from gateway.core.checks.throttle_ignored import throttle_ignored
from gateway.core.checks.throttled import throttled
from gateway.core.checks.token_environment import token_environment
from gateway.core.checks.token_expired import token_expired
from gateway.core.checks.token_in_two_environments import token_in_two_environments
from gateway.core.checks.token_issuer import token_issuer
from gateway.core.checks.token_malformed import token_malformed
from gateway.core.checks.token_not_yet_valid import token_not_yet_valid
from gateway.core.checks.token_per_call import token_per_call
from gateway.core.checks.token_scope import token_scope
from gateway.core.checks.transport_secure import transport_secure
from gateway.core.checks.v1_and_v2 import v1_and_v2
from gateway.core.checks.v1_authorization import v1_authorization
from gateway.core.checks.v1_deprecated import v1_deprecated
from gateway.core.checks.v1_device_info import v1_device_info
from gateway.core.checks.v1_device_info_encoded import v1_device_info_encoded
from gateway.core.checks.v1_end import v1_end
from gateway.core.checks.v1_parameters import v1_parameters
from gateway.core.checks.v1_signature import v1_signature
from gateway.core.checks.v1_signed import v1_signed
from gateway.core.checks.visitor_quoted import visitor_quoted

CHECKS: tuple[Check, ...] = (
    authorization_present,
    authorization_scheme,
    token_expired,
    token_scope,
    token_malformed,
    token_issuer,
    token_not_yet_valid,
    client_identity_changes,
    token_per_call,
    token_environment,
    token_in_two_environments,
    identifier_present,
    identifier_grammar,
    identifier_base64,
    identifier_text,
    identifier_placeholder,
    identifier_changes,
    identifier_shared,
    info_present,
    info_present_in_browser,
    info_base64,
    info_json,
    info_required,
    info_values,
    info_percent_encoded,
    info_alphabet,
    info_type_member,
    info_of_server,
    info_connection,
    forwarded_present,
    forwarded_public,
    forwarded_single,
    forwarded_bare,
    forwarded_matches_info,
    forwarded_shared,
    forwarded_is_address,
    sso_one_platform,
    sso_lost_at_logout,
    sso_expired,
    sso_of_roku,
    sso_malformed,
    service_token_claims,
    redirect_present,
    redirect_encoded,
    redirect_double_encoded,
    redirect_absolute,
    redirect_secure,
    redirect_once,
    route_method,
    route_order,
    route_mvpd,
    route_placeholder,
    query_undefined,
    route_known,
    transport_secure,
    host_known,
    path_double_encoded,
    header_undefined,
    body_undefined,
    content_type_undefined,
    accept_json,
    header_repeated,
    content_type,
    visitor_quoted,
    partner_status,
    temp_pass,
    partner_status_present,
    header_placeholder,
    partner_status_expired,
    throttled,
    throttle_ignored,
    throttle_budget,
    polling,
    configuration_fetched,
    logout_after_denial,
    answer_key,
    answer_pair,
    answer_without_url,
    answer_with_url,
    answer_html,
    answer_json,
    answer_relative_url,
    answer_logouts,
    answer_error_status,
    answer_error,
    v1_end,
    v1_and_v2,
    v1_parameters,
    v1_authorization,
    v1_device_info,
    v1_device_info_encoded,
    v1_deprecated,
    v1_signed,
    v1_signature,
)
