"""The access token: the checks of this family, in the order in which they report."""

from gateway.core.checking import Check
from gateway.core.checks.auth.auth001_authorization_present import authorization_present
from gateway.core.checks.auth.auth002_authorization_scheme import authorization_scheme
from gateway.core.checks.auth.auth003_token_expired import token_expired
from gateway.core.checks.auth.auth004_token_scope import token_scope
from gateway.core.checks.auth.auth005_token_malformed import token_malformed
from gateway.core.checks.auth.auth006_token_issuer import token_issuer
from gateway.core.checks.auth.auth007_token_not_yet_valid import token_not_yet_valid
from gateway.core.checks.auth.auth008_client_identity_changes import client_identity_changes
from gateway.core.checks.auth.auth009_token_per_call import token_per_call
from gateway.core.checks.auth.auth010_token_environment import token_environment
from gateway.core.checks.auth.auth011_token_in_two_environments import token_in_two_environments
from gateway.core.checks.auth.auth012_token_refused_again import token_refused_again
from gateway.core.checks.auth.auth013_client_shared import client_shared
from gateway.core.checks.auth.auth014_registered_again import registered_again
from gateway.core.checks.auth.auth015_secret_in_query import secret_in_query
from gateway.core.checks.auth.auth016_token_parameters import token_parameters

AUTH: tuple[Check, ...] = (
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
    token_refused_again,
    client_shared,
    registered_again,
    secret_in_query,
    token_parameters,
)
