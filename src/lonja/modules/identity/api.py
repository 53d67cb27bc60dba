"""The door of identity: people and how they sign in, accounts by name, and the API keys that act for them."""

from lonja.modules.identity.domain import (
    Account,
    ApiKey,
    IdentityError,
    KeyNotFoundError,
    KeyPolicy,
    LimitReachedError,
    NameTakenError,
    Network,
    PassphraseFormatError,
    Permission,
    SubAccount,
    TooManyNetworksError,
    account_of,
    parse_permissions,
    uid,
)
from lonja.modules.identity.handlers import Identity, KeyEntry
from lonja.modules.identity.new_keys import CreatedKey
from lonja.modules.identity.opening import SubAccountOpening
from lonja.modules.identity.passphrases import TooManyChecksError
from lonja.modules.identity.people.addresses import AddressRules, ListedAddress, NewAddress, WithdrawalAnswer
from lonja.modules.identity.people.client import Client
from lonja.modules.identity.people.closing import OBLIGATIONS, ClosingView, Obligation
from lonja.modules.identity.people.connected import Arrival, ArrivalForm, ConnectedAccount, return_address
from lonja.modules.identity.people.contacts import Contact, ContactKind, parse_contact, parse_email, parse_phone
from lonja.modules.identity.people.devices import Device
from lonja.modules.identity.people.emergency import EmergencyContact
from lonja.modules.identity.people.events import (
    FactorBound,
    PeopleEvent,
    ResidenceChanged,
    SecurityChanged,
    SignedIn,
    SignInRefused,
    StateChanged,
    UserCreated,
)
from lonja.modules.identity.people.guides import Guide
from lonja.modules.identity.people.passwords import BreachFile, HashCost
from lonja.modules.identity.people.payment_methods import NewPaymentMethod, PaymentMethod
from lonja.modules.identity.people.people import People
from lonja.modules.identity.people.places import is_place
from lonja.modules.identity.people.policy import SignInPolicy
from lonja.modules.identity.people.ports import Addressee, Agreement, Atlas, Messenger, Place, ServingRules
from lonja.modules.identity.people.providers import NamedPerson, ProviderSettings, SignInProvider, Way
from lonja.modules.identity.people.resets import ResetState
from lonja.modules.identity.people.sessions import LiveSession, OpenedSession, SessionFact, csrf_token_of
from lonja.modules.identity.people.sign_in import SignInStep, Stage, StepMethod
from lonja.modules.identity.people.sign_up import SignUpForm
from lonja.modules.identity.people.trading_accounts import TradingAccounts
from lonja.modules.identity.people.trusted_providers import check_provider_name
from lonja.modules.identity.people.users import User, UserState
from lonja.modules.identity.people.webauthn_checks import Registered
from lonja.modules.identity.sub_accounts import SubAccounts
from lonja.storage.ports import SecretBox

__all__ = [
    "OBLIGATIONS",
    "Account",
    "AddressRules",
    "Addressee",
    "Agreement",
    "ApiKey",
    "Arrival",
    "ArrivalForm",
    "Atlas",
    "BreachFile",
    "Client",
    "ClosingView",
    "ConnectedAccount",
    "Contact",
    "ContactKind",
    "CreatedKey",
    "Device",
    "EmergencyContact",
    "FactorBound",
    "Guide",
    "HashCost",
    "Identity",
    "IdentityError",
    "KeyEntry",
    "KeyNotFoundError",
    "KeyPolicy",
    "LimitReachedError",
    "ListedAddress",
    "LiveSession",
    "Messenger",
    "NameTakenError",
    "NamedPerson",
    "Network",
    "NewAddress",
    "NewPaymentMethod",
    "Obligation",
    "OpenedSession",
    "PassphraseFormatError",
    "PaymentMethod",
    "People",
    "PeopleEvent",
    "Permission",
    "Place",
    "ProviderSettings",
    "Registered",
    "ResetState",
    "ResidenceChanged",
    "SecretBox",
    "SecurityChanged",
    "ServingRules",
    "SessionFact",
    "SignInPolicy",
    "SignInProvider",
    "SignInRefused",
    "SignInStep",
    "SignUpForm",
    "SignedIn",
    "Stage",
    "StateChanged",
    "StepMethod",
    "SubAccount",
    "SubAccountOpening",
    "SubAccounts",
    "TooManyChecksError",
    "TooManyNetworksError",
    "TradingAccounts",
    "User",
    "UserCreated",
    "UserState",
    "Way",
    "WithdrawalAnswer",
    "account_of",
    "check_provider_name",
    "csrf_token_of",
    "is_place",
    "parse_contact",
    "parse_email",
    "parse_permissions",
    "parse_phone",
    "return_address",
    "uid",
]
