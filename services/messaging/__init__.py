"""What users say to one another: conversations, messages in order, and how far everybody is.

Owns: conversations (fixed participants, perhaps about a listing), messages (places 1, 2, 3 without gaps, each stored
once per name that its sender gave it), receipts, and a copy of who has blocked whom.
Publishes: MessageSent, ConversationRead. Consumes: partnership's UserBlocked and UserUnblocked, identity's UserErased.
Calls identity (does a user exist, what are users called) and property (may the caller know of a listing).
"""
