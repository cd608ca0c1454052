//! What can be wrong with a packet, and what is passed over in silence.

/// Why the rest of a packet was not decoded, and from where.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[error("at byte {offset}: {kind}")]
#[non_exhaustive]
pub struct DecodeError {
    /// Where in the packet the part begins that could not be read.
    pub offset: usize,
    /// What is wrong with it.
    #[source]
    pub kind: DecodeErrorKind,
}

/// What is wrong with a [packet](DecodeError).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The bytes that are left are no part: fewer than five, or with a length below four or beyond the
    /// end. Padding and packets that were cut off look like this.
    #[error("the rest is no part: cut off, or padding")]
    Truncated,
    /// A name or message without payload; even an empty one has its NUL.
    #[error("a text part without payload")]
    TextEmpty,
    /// A message of more than 255 bytes, its padding included. (Names that are too long are
    /// [`Skipped`] with what has them.)
    #[error("a text that is too long")]
    TextTooLong,
    /// A name or message that does not end with NUL.
    #[error("a text that does not end with NUL")]
    TextUnterminated,
    /// A time, interval or severity with less than 12 bytes of packet left.
    #[error("a number that is cut off")]
    NumberShort,
    /// A time, interval or severity whose part is not 12 bytes long.
    #[error("a number part whose length is not 12")]
    NumberLength,
    /// Values that the rest of the packet has no room for.
    #[error("values that are cut off")]
    ValuesShort,
    /// Values whose number and length do not fit together.
    #[error("a values part whose length and count do not fit together")]
    ValuesLength,
    /// A value that is no counter, gauge, derive or absolute.
    #[error("a value of unknown kind")]
    ValuesKind,
    /// A signature without user name.
    #[error("a signature that is too short")]
    SignatureLength,
    /// A signature of a user whose key is not known.
    #[error("a signature of an unknown user")]
    SignatureUnknownUser,
    /// A signature that its user did not make over what is behind it.
    #[error("a signature that is not over this content, or not with this password")]
    SignatureMismatch,
    /// An encrypted part with less packet left than its header needs.
    #[error("an encrypted part that is cut off")]
    EncryptedShort,
    /// An encrypted part that is not longer than its header.
    #[error("an encrypted part that is too short")]
    EncryptedLength,
    /// An encrypted part whose user name is empty or leaves no room for content.
    #[error("an encrypted part whose user name has an impossible length")]
    EncryptedUserLength,
    /// An encrypted part, and no key for it.
    #[error("an encrypted part, and no key for it")]
    EncryptedNoKey,
    /// An encrypted part with another content than its checksum is of, once decrypted.
    #[error("an encrypted part that was changed, or has another password")]
    EncryptedChecksum,
    /// Sections within sections, more than eight deep.
    #[error("signatures and encrypted parts that are nested too deep")]
    TooDeep,
    /// What is neither signed nor encrypted, for a strict receiver at level `Sign`.
    #[error("a part that is neither signed nor encrypted")]
    Unsigned,
    /// What is not encrypted, for a strict receiver at level `Encrypt`.
    #[error("a part that is not encrypted")]
    Unencrypted,
}

/// Counts of what was passed over without being an error.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct Skipped {
    /// Value lists without time, host, plugin or type, or with a name that is too long.
    pub incomplete_lists: u32,
    /// Value lists without a single value.
    pub lists_without_values: u32,
    /// Notifications whose severity is none.
    pub notifications_without_severity: u32,
    /// Notifications without time.
    pub notifications_without_time: u32,
    /// Notifications without text.
    pub notifications_without_message: u32,
    /// Notifications with a name that is too long.
    pub notifications_with_long_name: u32,
    /// Names of more than 127 bytes, their padding included.
    pub long_names: u32,
    /// Signatures, of which none was verified.
    pub unverified_signatures: u32,
    /// Parts neither signed nor encrypted, at level `Sign`.
    pub unsigned_parts: u32,
    /// Parts not encrypted, at level `Encrypt`.
    pub unencrypted_parts: u32,
    /// Parts of unknown type.
    pub unknown_parts: u32,
}

impl Skipped {
    /// All value lists that were not complete.
    pub const fn value_lists(self) -> u32 {
        self.incomplete_lists + self.lists_without_values
    }

    /// All notifications that were not complete.
    pub const fn notifications(self) -> u32 {
        self.notifications_without_severity
            + self.notifications_without_time
            + self.notifications_without_message
            + self.notifications_with_long_name
    }
}
