"""The door of notices: messages to people, and whether what people received is really from the house."""

from lonja.modules.notices.channels import Channel as OfficialChannel
from lonja.modules.notices.channels import ChannelList, Checked, Kind, Standing, open_list
from lonja.modules.notices.delivery import Delivery, DeliveryPolicy
from lonja.modules.notices.notices import CallAnswer, Notices
from lonja.modules.notices.official import OfficialChannels, Suspect
from lonja.modules.notices.outbox import Message, State
from lonja.modules.notices.ports import Carriers
from lonja.modules.notices.received.outcomes import Finding, Grade, MailReport, Outcome, Verdict
from lonja.modules.notices.recipients import Channel, Recipient
from lonja.modules.notices.rendering import Letterhead

__all__ = [
    "CallAnswer",
    "Carriers",
    "Channel",
    "ChannelList",
    "Checked",
    "Delivery",
    "DeliveryPolicy",
    "Finding",
    "Grade",
    "Kind",
    "Letterhead",
    "MailReport",
    "Message",
    "Notices",
    "OfficialChannel",
    "OfficialChannels",
    "Outcome",
    "Recipient",
    "Standing",
    "State",
    "Suspect",
    "Verdict",
    "open_list",
]
