"""The door of notices: messages to people."""

from lonja.modules.notices.delivery import Delivery, DeliveryPolicy
from lonja.modules.notices.notices import CallAnswer, Notices
from lonja.modules.notices.outbox import Message, State
from lonja.modules.notices.ports import Carriers
from lonja.modules.notices.recipients import Channel, Recipient
from lonja.modules.notices.rendering import Letterhead

__all__ = [
    "CallAnswer",
    "Carriers",
    "Channel",
    "Delivery",
    "DeliveryPolicy",
    "Letterhead",
    "Message",
    "Notices",
    "Recipient",
    "State",
]
