//! The columns of a file: as they are stored (leaves, one after the other) and as they are shown (a tree).

use super::Problem;
use super::thrift::{Fault, Kind, Reader};

/// Deepest nesting of columns that is shown.
const DEEPEST: usize = 32;

/// How a leaf is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Physical {
    #[default]
    Boolean,
    Int32,
    Int64,
    Int96,
    Float,
    Double,
    Bytes,
    /// So many bytes each.
    Fixed(usize),
}

/// What a leaf means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Logical {
    #[default]
    Plain,
    Text,
    Decimal {
        scale: u32,
    },
    Date,
    Time(Unit),
    Timestamp {
        unit: Unit,
        utc: bool,
    },
    Unsigned(u32),
    Uuid,
    Float16,
}

/// What times are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Millis,
    Micros,
    Nanos,
}

/// What a group of columns means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Grouping {
    #[default]
    Struct,
    List,
    Map,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Repetition {
    #[default]
    Required,
    Optional,
    Repeated,
}

/// A line of the schema as the file has it.
#[derive(Debug, Default)]
pub(super) struct Element {
    name: String,
    physical: Option<u64>,
    length: u64,
    repetition: Repetition,
    children: u64,
    converted: Option<u64>,
    scale: u64,
    logical: Option<Logical>,
    grouping: Grouping,
}

/// A column as it is stored.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Leaf {
    pub(super) physical: Physical,
    pub(super) logical: Logical,
    pub(super) most_definition: u32,
    pub(super) most_repetition: u32,
}

/// A column as it is shown, or a part of one.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    /// The definition level from which on it is there, and the level at which it repeats.
    pub(super) definition: u32,
    pub(super) repetition: u32,
    pub(super) repeated: bool,
    pub(super) form: Form,
    /// The first leaf below it, and the one behind the last.
    pub(super) leaves: (usize, usize),
}

/// What is below a node.
#[derive(Debug)]
pub(super) enum Form {
    Leaf,
    Struct(Vec<Node>),
    /// The node that repeats, and whether each time it is a value of its own or wraps one.
    List(Box<Node>, bool),
    Map(Box<Node>),
}

/// Reads a line of the schema.
pub(super) fn element(reader: &mut Reader<'_>, kind: Kind) -> Result<Element, Fault> {
    let mut element = Element::default();
    reader.structure(kind, &mut |reader, id, kind| {
        match id {
            1 => element.physical = Some(reader.natural(kind)?),
            2 => element.length = reader.natural(kind)?,
            3 => {
                element.repetition = match reader.natural(kind)? {
                    0 => Repetition::Required,
                    1 => Repetition::Optional,
                    2 => Repetition::Repeated,
                    _ => return Err(Fault::Malformed),
                };
            }
            4 => {
                let name = reader.binary(kind)?;
                element.name = String::from_utf8_lossy(&name[..name.len().min(200)]).into_owned();
            }
            5 => element.children = reader.natural(kind)?,
            6 => element.converted = Some(reader.natural(kind)?),
            7 => element.scale = reader.natural(kind)?,
            10 => return logical(reader, kind, &mut element),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if element.logical.is_none() {
        convert(&mut element);
    }
    Ok(element)
}

/// What newer writers say a column means.
fn logical(reader: &mut Reader<'_>, kind: Kind, element: &mut Element) -> Result<bool, Fault> {
    reader.structure(kind, &mut |reader, id, kind| {
        let meant = match id {
            1 | 4 | 12 => Logical::Text,
            2 => {
                element.grouping = Grouping::Map;
                return Ok(false);
            }
            3 => {
                element.grouping = Grouping::List;
                return Ok(false);
            }
            5 => {
                let mut scale = 0;
                reader.structure(kind, &mut |reader, id, kind| {
                    if id == 1 {
                        scale = reader.natural(kind)?;
                    }
                    Ok(id == 1)
                })?;
                element.logical = Some(decimal(scale));
                return Ok(true);
            }
            6 => Logical::Date,
            7 | 8 => {
                let (unit, utc) = time(reader, kind)?;
                element.logical = Some(if id == 7 { Logical::Time(unit) } else { Logical::Timestamp { unit, utc } });
                return Ok(true);
            }
            10 => {
                let (mut width, mut signed) = (64, true);
                reader.structure(kind, &mut |reader, id, kind| {
                    match id {
                        1 => width = reader.natural(kind)?,
                        2 => {
                            signed = kind == Kind::True;
                            return Ok(false);
                        }
                        _ => return Ok(false),
                    }
                    Ok(true)
                })?;
                element.logical = Some(if signed { Logical::Plain } else { Logical::Unsigned(width.min(64) as u32) });
                return Ok(true);
            }
            14 => Logical::Uuid,
            15 => Logical::Float16,
            _ => return Ok(false),
        };
        element.logical = Some(meant);
        Ok(false)
    })
}

/// Unit, and whether it is of one zone.
fn time(reader: &mut Reader<'_>, kind: Kind) -> Result<(Unit, bool), Fault> {
    let (mut unit, mut utc) = (Unit::Millis, false);
    reader.structure(kind, &mut |reader, id, kind| {
        if id == 1 {
            utc = kind == Kind::True;
        }
        if id != 2 {
            return Ok(false);
        }
        reader.structure(kind, &mut |_, id, _| {
            unit = match id {
                1 => Unit::Millis,
                2 => Unit::Micros,
                _ => Unit::Nanos,
            };
            Ok(false)
        })
    })?;
    Ok((unit, utc))
}

/// What older writers say.
fn convert(element: &mut Element) {
    let meant = match element.converted {
        Some(0 | 4 | 19) => Logical::Text,
        Some(1 | 2) => {
            element.grouping = Grouping::Map;
            return;
        }
        Some(3) => {
            element.grouping = Grouping::List;
            return;
        }
        Some(5) => decimal(element.scale),
        Some(6) => Logical::Date,
        Some(7) => Logical::Time(Unit::Millis),
        Some(8) => Logical::Time(Unit::Micros),
        Some(9) => Logical::Timestamp { unit: Unit::Millis, utc: true },
        Some(10) => Logical::Timestamp { unit: Unit::Micros, utc: true },
        Some(code @ 11..=14) => Logical::Unsigned(8 << (code - 11)),
        _ => return,
    };
    element.logical = Some(meant);
}

fn decimal(scale: u64) -> Logical {
    // More digits than any number here has.
    if scale > 60 { Logical::Plain } else { Logical::Decimal { scale: scale as u32 } }
}

/// Makes the tree of the lines, of which the first is the table itself.
pub(super) fn build(elements: &[Element]) -> Result<(Vec<Node>, Vec<Leaf>), Problem> {
    let mut builder = Builder { elements, at: 0, leaves: Vec::new() };
    let table = builder.take()?;
    let columns = builder.children(table, Place::default())?;
    if builder.at != elements.len() {
        return Err(Problem::Footer);
    }
    Ok((columns, builder.leaves))
}

struct Builder<'e> {
    elements: &'e [Element],
    at: usize,
    leaves: Vec<Leaf>,
}

#[derive(Clone, Copy, Default)]
struct Place {
    definition: u32,
    repetition: u32,
    depth: usize,
}

impl<'e> Builder<'e> {
    fn take(&mut self) -> Result<&'e Element, Problem> {
        let element = self.elements.get(self.at).ok_or(Problem::Footer)?;
        self.at += 1;
        Ok(element)
    }

    fn children(&mut self, of: &Element, place: Place) -> Result<Vec<Node>, Problem> {
        if place.depth == DEEPEST {
            return Err(Problem::Nested);
        }
        (0..of.children).map(|_| self.node(place)).collect()
    }

    fn node(&mut self, mut place: Place) -> Result<Node, Problem> {
        let element = self.take()?;
        let repeated = element.repetition == Repetition::Repeated;
        place.definition += u32::from(element.repetition != Repetition::Required);
        place.repetition += u32::from(repeated);
        place.depth += 1;
        let first = self.leaves.len();
        let form = if element.children == 0 {
            self.leaves.push(Leaf {
                physical: physical(element)?,
                logical: element.logical.unwrap_or_default(),
                most_definition: place.definition,
                most_repetition: place.repetition,
            });
            Form::Leaf
        } else {
            form(element, self.children(element, place)?)
        };
        let leaves = (first, self.leaves.len());
        Ok(Node { name: element.name.clone(), definition: place.definition, repetition: place.repetition, repeated, form, leaves })
    }
}

/// What a group is, by the rules of Parquet's `LogicalTypes.md`.
fn form(element: &Element, mut children: Vec<Node>) -> Form {
    let repeats = children.len() == 1 && children[0].repeated;
    match (element.grouping, repeats) {
        (Grouping::List, true) => {
            let item = children.swap_remove(0);
            // Old writers had lists of two levels, where what repeats is the value itself.
            let wraps = match &item.form {
                Form::Struct(inner) => inner.len() == 1 && item.name != "array" && item.name != format!("{}_tuple", element.name),
                _ => false,
            };
            Form::List(Box::new(item), wraps)
        }
        (Grouping::Map, true) if matches!(&children[0].form, Form::Struct(pair) if pair.len() == 2) => {
            Form::Map(Box::new(children.swap_remove(0)))
        }
        _ => Form::Struct(children),
    }
}

fn physical(element: &Element) -> Result<Physical, Problem> {
    Ok(match element.physical {
        Some(0) => Physical::Boolean,
        Some(1) => Physical::Int32,
        Some(2) => Physical::Int64,
        Some(3) => Physical::Int96,
        Some(4) => Physical::Float,
        Some(5) => Physical::Double,
        Some(6) => Physical::Bytes,
        Some(7) if (1..=1 << 20).contains(&element.length) => Physical::Fixed(element.length as usize),
        _ => return Err(Problem::Footer),
    })
}

impl Leaf {
    /// What its values are called.
    pub(super) const fn kind(&self) -> &'static str {
        match (self.logical, self.physical) {
            (Logical::Text, _) => "text",
            (Logical::Decimal { .. }, _) => "decimal",
            (Logical::Date, _) => "date",
            (Logical::Time(_), _) => "time",
            (Logical::Timestamp { .. }, _) | (_, Physical::Int96) => "timestamp",
            (Logical::Uuid, _) => "uuid",
            (Logical::Unsigned(_), _) | (_, Physical::Int32 | Physical::Int64) => "integer",
            (Logical::Float16, _) | (_, Physical::Float | Physical::Double) => "number",
            (_, Physical::Boolean) => "boolean",
            (_, Physical::Bytes | Physical::Fixed(_)) => "bytes",
        }
    }
}

impl Node {
    /// What its values are called.
    pub(super) fn kind(&self, leaves: &[Leaf]) -> &'static str {
        match &self.form {
            _ if self.repeated => "list",
            Form::Leaf => leaves.get(self.leaves.0).map_or("", Leaf::kind),
            Form::Struct(_) => "struct",
            Form::List(..) => "list",
            Form::Map(_) => "map",
        }
    }
}
