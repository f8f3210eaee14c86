//! What each key of an X keyboard makes, and which key does what to the modifiers. Read once, then pure.

use super::InputError;
use super::keysyms;
use super::x11_device::Display;
use super::x11_places;
use beistand_protocol::input::KeyPlace;
use x11rb::protocol::xkb::{self, ConnectionExt as _, GetMapReply, MapPart};

/// The modifier of caps lock.
pub(super) const LOCK: u8 = 1 << 1;

/// One way to reach a level: `state & mask == value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) mask: u8,
    pub(super) value: u8,
    /// Caps lock is on and left to the program, which then makes capitals of letters.
    pub(super) capitals: bool,
}

/// How modifiers choose a level.
#[derive(Clone, Debug, Default)]
pub(super) struct Type {
    pub(super) mask: u8,
    /// Modifiers, level, and whether caps lock is left to the program.
    pub(super) entries: Vec<(u8, u8, bool)>,
}

impl Type {
    /// Every way to reach `level`.
    pub(super) fn needs(&self, level: u8) -> impl Iterator<Item = Need> {
        let plain = (level == 0 && self.entries.iter().all(|(mods, _, _)| *mods != 0)).then_some((0, 0, false));
        // What no entry lists is the first level: so is caps lock with shift on letters.
        let undone = (level == 0 && self.mask & (LOCK | 1) == (LOCK | 1)).then_some((LOCK | 1, 0, false));
        let undone = undone.filter(|(mods, _, _)| self.entries.iter().all(|(listed, _, _)| listed != mods));
        let listed = self.entries.iter().copied().filter(move |(_, listed, _)| *listed == level);
        plain.into_iter().chain(undone).chain(listed).map(|(value, _, capitals)| Need {
            mask: self.mask,
            value,
            capitals,
        })
    }
}

/// One key.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyMap {
    /// The type and the keysyms of each group.
    pub(super) groups: Vec<(usize, Vec<u32>)>,
    /// What happens to a group that the key does not have.
    pub(super) out_of_range: u8,
    /// The modifiers that it sets.
    pub(super) mods: u8,
}

impl KeyMap {
    /// The group of this key that is in effect when the keyboard is in `group`.
    pub(super) fn group(&self, group: u8) -> usize {
        let (group, count) = (usize::from(group), self.groups.len().max(1));
        match self.out_of_range & 0xc0 {
            _ if group < count => group,
            0x40 => count - 1,
            0x80 => Some(usize::from(self.out_of_range >> 4 & 3)).filter(|to| *to < count).unwrap_or(0),
            _ => group % count,
        }
    }

    /// The keysym of a level in a group.
    pub(super) fn keysym(&self, group: usize, level: usize) -> u32 {
        self.groups.get(group).and_then(|(_, keysyms)| keysyms.get(level)).copied().unwrap_or(x11rb::NO_SYMBOL)
    }
}

/// A whole keyboard.
#[derive(Clone, Debug, Default)]
pub(super) struct Keymap {
    pub(super) first: u8,
    pub(super) keys: Vec<KeyMap>,
    pub(super) types: Vec<Type>,
    /// What each keycode's place is called, beginning with the first.
    pub(super) names: Vec<Vec<u8>>,
}

impl Keymap {
    /// Reads the map of one keyboard.
    pub(super) fn read(display: &Display, keyboard: u16) -> Result<Self, InputError> {
        let parts = MapPart::KEY_TYPES
            | MapPart::KEY_SYMS
            | MapPart::MODIFIER_MAP
            | MapPart::VIRTUAL_MODS
            | MapPart::VIRTUAL_MOD_MAP;
        let none = MapPart::default();
        let virtual_mods = xkb::VMod::from(0_u16);
        let reply = display.connection.xkb_get_map(
            keyboard,
            parts,
            none,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            virtual_mods,
            0,
            0,
            0,
            0,
            0,
            0,
        )?;
        let mut keymap = Self::from_reply(reply.reply()?);
        let names = display.connection.xkb_get_names(keyboard, xkb::NameDetail::KEY_NAMES)?.reply()?;
        let blank = usize::from(names.first_key.saturating_sub(keymap.first));
        keymap.names = vec![Vec::new(); blank];
        let trimmed = |name: [u8; 4]| name.into_iter().filter(|byte| *byte != 0).collect();
        let names = names.value_list.key_names.unwrap_or_default();
        keymap.names.extend(names.into_iter().map(|name| trimmed(name.name)));
        Ok(keymap)
    }

    fn from_reply(reply: GetMapReply) -> Self {
        let types = reply.map.types_rtrn.unwrap_or_default().iter().map(type_of).collect();
        let mut keys: Vec<KeyMap> = Vec::new();
        for key in reply.map.syms_rtrn.unwrap_or_default() {
            let width = usize::from(key.width).max(1);
            let groups = usize::from(key.group_info & 0x0f);
            let groups = key.syms.chunks(width).zip(key.kt_index).take(groups);
            keys.push(KeyMap {
                groups: groups.map(|(keysyms, kind)| (usize::from(kind), keysyms.to_vec())).collect(),
                out_of_range: key.group_info,
                mods: 0,
            });
        }
        let mut keymap = Self { first: reply.first_key_sym, keys, types, names: Vec::new() };
        for entry in reply.map.modmap_rtrn.unwrap_or_default() {
            keymap.add_mods(entry.keycode, u16::from(entry.mods));
        }
        // Only the virtual modifiers that exist are listed, in the order of their bits.
        let bits = (0..16).filter(|bit| u16::from(reply.virtual_mods) >> bit & 1 == 1);
        let real: Vec<(u16, u16)> =
            bits.zip(reply.map.vmods_rtrn.unwrap_or_default()).map(|(bit, mods)| (bit, u16::from(mods))).collect();
        for entry in reply.map.vmodmap_rtrn.unwrap_or_default() {
            for (bit, mods) in &real {
                if u16::from(entry.vmods) >> bit & 1 == 1 {
                    keymap.add_mods(entry.keycode, *mods);
                }
            }
        }
        keymap
    }

    fn add_mods(&mut self, keycode: u8, mods: u16) {
        let index = keycode.checked_sub(self.first).map(usize::from);
        if let Some(key) = index.and_then(|index| self.keys.get_mut(index)) {
            key.mods |= low(mods);
        }
    }

    /// Every key with its keycode.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u8, &KeyMap)> {
        (self.first..=u8::MAX).zip(&self.keys)
    }

    /// The keycode at a place.
    pub(super) fn at(&self, place: KeyPlace) -> Option<u8> {
        let called = |wanted: &[u8]| {
            (self.first..=u8::MAX).zip(&self.names).find(|(_, name)| *name == wanted).map(|(keycode, _)| keycode)
        };
        x11_places::names_of(place).iter().find_map(|name| called(name))
    }

    /// One key.
    pub(super) fn key(&self, keycode: u8) -> Option<&KeyMap> {
        self.keys.get(usize::from(keycode.checked_sub(self.first)?))
    }

    /// The modifiers that a key sets.
    pub(super) fn mods(&self, keycode: u8) -> u8 {
        self.key(keycode).map_or(0, |key| key.mods)
    }

    /// Whether a key makes `character` at its first level.
    pub(super) fn makes(&self, keycode: u8, character: char) -> bool {
        self.key(keycode).is_some_and(|key| keysyms::character(key.keysym(0, 0)) == Some(character))
    }

    /// Keycodes without any meaning, which can get one for a rare character; the highest first.
    pub(super) fn spare(&self) -> impl Iterator<Item = u8> {
        let keys: Vec<u8> = self
            .iter()
            .filter(|(_, key)| key.mods == 0)
            .filter(|(_, key)| key.groups.iter().flat_map(|(_, keysyms)| keysyms).all(|keysym| *keysym == 0))
            .map(|(keycode, _)| keycode)
            .collect();
        keys.into_iter().rev()
    }
}

fn type_of(kind: &xkb::KeyType) -> Type {
    let mask = low(u16::from(kind.mods_mask));
    let entries = kind.map.iter().enumerate().filter(|(_, entry)| entry.active).map(|(index, entry)| {
        let mods = low(u16::from(entry.mods_mask));
        let preserved = kind.preserve.get(index).map_or(0, |preserve| low(u16::from(preserve.mask)));
        (mods, entry.level, mods & preserved & LOCK != 0)
    });
    Type { mask, entries: entries.collect() }
}

/// The real modifiers of a mask.
fn low(mods: u16) -> u8 {
    mods.to_le_bytes()[0]
}
