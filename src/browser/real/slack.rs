//! Room for the splitter of the program.
//!
//! Data that only lazily loaded parts use is sent with those parts, as long as all parts' data, each aligned anew, is not
//! longer than it was before; otherwise all of it is sent with the first view, 116 kB of it. What nothing refers to is in no
//! part, so these bytes cost nobody anything and give the alignments room.

/// More than the alignments of a few hundred parts.
#[used]
static SLACK: [u8; 8_192] = [0xa5; 8_192];
