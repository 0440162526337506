//! Go's `fmt`: how values become text, with every verb and flag and with the marks that stand for mistakes.

pub(crate) mod float;
mod printf;
pub(crate) mod quote;
mod state;
mod values;

use crate::error::Limit;
use crate::value::{Named, Object, Text, Value};
use values::Printer;

/// What printing may use up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Bytes of text.
    pub(crate) bytes: usize,
    /// Levels of lists and maps inside each other.
    pub(crate) nesting: usize,
}

/// `fmt.Sprint`: spaces between operands when neither is a text.
pub(crate) fn print(values: &[Value], bounds: Bounds) -> Result<Vec<u8>, Limit> {
    let mut printer = Printer::new(bounds);
    let mut after_text = false;
    for (index, value) in values.iter().enumerate() {
        let is_text = value.kind() == crate::value::Kind::String;
        if index > 0 && !is_text && !after_text {
            printer.state.out.push(b' ');
        }
        printer.argument(value, u32::from(b'v'))?;
        after_text = is_text;
    }
    Ok(printer.state.out)
}

/// `fmt.Sprintln`.
pub(crate) fn println(values: &[Value], bounds: Bounds) -> Result<Vec<u8>, Limit> {
    let mut printer = Printer::new(bounds);
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            printer.state.out.push(b' ');
        }
        printer.argument(value, u32::from(b'v'))?;
    }
    printer.state.out.push(b'\n');
    Ok(printer.state.out)
}

/// `fmt.Sprintf`.
pub(crate) fn printf(format: &[u8], values: &[Value], bounds: Bounds) -> Result<Vec<u8>, Limit> {
    let mut printer = Printer::new(bounds);
    printf::run(&mut printer, format, values, None)?;
    Ok(printer.state.out)
}

/// Prints the values of a format its own way, as a type with a method `Format` does.
pub(crate) trait Formatter {
    /// What `%T` prints for every value.
    fn type_name(&self) -> &'static str;

    /// What `%v` prints, with the flags `#` and `+`. Width and precision do not matter to it.
    ///
    /// # Errors
    /// When a limit is reached.
    fn show(&mut self, value: &Value, sharp: bool, plus: bool) -> Result<Vec<u8>, Limit>;
}

/// `fmt.Sprintf` of values that a formatter stands in for; verbs other than `v` are passed on to the values.
pub(crate) fn printf_with(
    formatter: &mut dyn Formatter,
    format: &[u8],
    values: &[Value],
    bounds: Bounds,
) -> Result<Vec<u8>, Limit> {
    let mut printer = Printer::new(bounds);
    printf::run(&mut printer, format, values, Some(formatter))?;
    Ok(printer.state.out)
}

/// A text that stands for a struct which has been printed already.
pub(crate) struct Printed(Text);

static PRINTED: Named = Named {
    name: "struct",
    is_struct: true,
    fields: &[],
    methods: &[],
};

impl Printed {
    /// Takes the printed form.
    pub(crate) fn new(text: Vec<u8>) -> Self {
        Printed(Text::new(text))
    }
}

impl Object for Printed {
    fn named(&self) -> &'static Named {
        &PRINTED
    }

    fn text(&self) -> Option<Text> {
        Some(self.0.clone())
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// What an action prints: as [`print`], except that a pointer is followed and an untyped nil is `<no value>`. None for
/// what cannot be printed.
pub(crate) fn display(value: &Value, bounds: Bounds) -> Result<Option<Vec<u8>>, Limit> {
    let mut printer = Printer::new(bounds);
    match value {
        value if value.is_untyped_nil() => printer.state.out.extend_from_slice(b"<no value>"),
        Value::Sequence(_) => return Ok(None),
        Value::Object(object) if object.is_pointer() && object.text().is_none() => {
            printer.fields(object, u32::from(b'v'), 0)?;
        }
        value => printer.argument(value, u32::from(b'v'))?,
    }
    Ok(Some(printer.state.out))
}
