//! Writes Parquet files that are larger than anybody wants to keep in a repository: whole numbers, neither packed nor
//! encoded, in as many groups of rows as it takes.

/// A file of two columns, `number` and its square, with `groups` groups of `rows` rows each.
#[must_use]
pub fn squares(groups: u64, rows: u64) -> Vec<u8> {
    let mut file = b"PAR1".to_vec();
    let mut footer = Vec::new();
    // Version.
    footer.extend([0x15, 2]);
    // The table with its columns: type INT64, required, name.
    footer.extend([0x19, 0x3c, 0x48, 5]);
    footer.extend(b"table");
    footer.extend([0x15, 4, 0]);
    for name in ["number", "square"] {
        footer.extend([0x15, 4, 0x25, 0, 0x18]);
        text(&mut footer, name);
        footer.push(0);
    }
    footer.push(0x16);
    zigzag(&mut footer, groups * rows);
    footer.push(0x19);
    list(&mut footer, groups);
    for group in 0..groups {
        footer.extend([0x19, 0x2c]);
        let all = group * rows..(group + 1) * rows;
        for (name, power) in [("number", 1), ("square", 2)] {
            let first = file.len() as u64;
            page(&mut file, all.clone().map(|number| number.pow(power)), rows);
            // Offset; type, encodings, path, codec, values, both lengths, where the data are.
            footer.extend([0x26, 0, 0x1c, 0x15, 4, 0x19, 0x15, 0, 0x19, 0x18]);
            text(&mut footer, name);
            footer.extend([0x15, 0, 0x16]);
            zigzag(&mut footer, rows);
            for _ in 0..2 {
                footer.push(0x16);
                zigzag(&mut footer, file.len() as u64 - first);
            }
            footer.push(0x26);
            zigzag(&mut footer, first);
            footer.extend([0, 0]);
        }
        footer.push(0x16);
        zigzag(&mut footer, 16 * rows);
        footer.push(0x16);
        zigzag(&mut footer, rows);
        footer.push(0);
    }
    footer.push(0);
    file.extend(&footer);
    file.extend((footer.len() as u32).to_le_bytes());
    file.extend(b"PAR1");
    file
}

/// A data page: its head says both lengths, how many values, and that they are plain.
fn page(file: &mut Vec<u8>, values: impl Iterator<Item = u64>, rows: u64) {
    file.extend([0x15, 0]);
    for _ in 0..2 {
        file.push(0x15);
        zigzag(file, rows * 8);
    }
    file.extend([0x2c, 0x15]);
    zigzag(file, rows);
    file.extend([0x15, 0, 0x15, 6, 0x15, 6, 0, 0]);
    file.extend(values.flat_map(u64::to_le_bytes));
}

fn text(out: &mut Vec<u8>, text: &str) {
    varint(out, text.len() as u64);
    out.extend(text.bytes());
}

/// The head of a list of structures.
fn list(out: &mut Vec<u8>, length: u64) {
    out.push(0xfc);
    varint(out, length);
}

fn zigzag(out: &mut Vec<u8>, value: u64) {
    varint(out, value << 1);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
