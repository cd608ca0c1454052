//! Expressions that are known without running them.

use syn::punctuated::Punctuated;
use syn::{BinOp, Expr, ExprCall, ExprMacro, ExprPath, Fields, Item, Lit, Token, UnOp};

use super::super::described::variant_name;
use super::super::resolve::{Found, Sort, names};
use super::super::types::{Scope, derive_input};
use super::{Evaluation, Literal, tail};

impl Evaluation<'_, '_> {
    /// The value of an expression, if it is plain enough.
    pub(in crate::schema) fn literal(&mut self, scope: &Scope, expr: &Expr) -> Option<Literal> {
        self.steps = self.steps.checked_sub(1)?;
        match expr {
            Expr::Lit(literal) => of_lit(&literal.lit),
            Expr::Paren(inner) => self.literal(scope, &inner.expr),
            Expr::Group(inner) => self.literal(scope, &inner.expr),
            Expr::Reference(inner) => self.literal(scope, &inner.expr),
            Expr::Cast(inner) => self.literal(scope, &inner.expr),
            Expr::Block(block) => self.literal(scope, tail(&block.block)?),
            Expr::Unary(unary) => match (&unary.op, self.literal(scope, &unary.expr)?) {
                (UnOp::Neg(_), Literal::Integer(number)) => number.checked_neg().map(Literal::Integer),
                (UnOp::Neg(_), Literal::Number(number)) => Some(Literal::Number(-number)),
                (UnOp::Not(_), Literal::Boolean(value)) => Some(Literal::Boolean(!value)),
                _ => None,
            },
            Expr::Binary(binary) => {
                let left = self.literal(scope, &binary.left)?;
                let right = self.literal(scope, &binary.right)?;
                calculated(&left, &binary.op, &right)
            }
            Expr::MethodCall(call) if call.args.is_empty() => match call.method.to_string().as_str() {
                "into" | "to_owned" | "to_string" | "clone" | "to_vec" => self.literal(scope, &call.receiver),
                _ => None,
            },
            Expr::Array(array) => self.list(scope, &array.elems),
            Expr::Call(call) => self.call(scope, call),
            Expr::Path(path) => self.path(scope, path),
            Expr::Macro(call) => self.macro_call(scope, call),
            _ => None,
        }
    }

    fn list(&mut self, scope: &Scope, all: &Punctuated<Expr, Token![,]>) -> Option<Literal> {
        all.iter().map(|expr| self.literal(scope, expr)).collect::<Option<Vec<_>>>().map(Literal::List)
    }

    fn call(&mut self, scope: &Scope, call: &ExprCall) -> Option<Literal> {
        let Expr::Path(function) = &*call.func else { return None };
        let path = names(&function.path.segments);
        let owner = path.len().checked_sub(2).map_or("", |at| path[at].as_str());
        let arguments: Vec<&Expr> = call.args.iter().collect();
        match (owner, path.last()?.as_str(), &arguments[..]) {
            ("String" | "PathBuf", "new", []) => Some(Literal::Text(String::new())),
            ("Vec" | "VecDeque", "new", []) => Some(Literal::List(Vec::new())),
            ("String" | "PathBuf" | "Path" | "Vec" | "OsString", "from" | "new", [one])
            | ("" | "Option", "Some", [one])
            | ("Seconds" | "Duration", "from_secs" | "from_secs_f64", [one]) => self.literal(scope, one),
            ("Duration", "from_millis", [one]) => match self.literal(scope, one)? {
                #[expect(clippy::cast_precision_loss, reason = "no default has as many milliseconds")]
                Literal::Integer(number) => Some(Literal::Number(number as f64 / 1000.0)),
                _ => None,
            },
            // A newtype of the crate.
            (_, _, [one]) => {
                let Found::Item(id) = self.reader.source.find(scope.module, &function.path, Sort::Type) else {
                    return None;
                };
                let Item::Struct(item) = self.reader.source.item(id) else { return None };
                matches!(&item.fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1)
                    .then(|| self.literal(scope, one))
                    .flatten()
            }
            _ => None,
        }
    }

    fn path(&mut self, scope: &Scope, path: &ExprPath) -> Option<Literal> {
        if path.qself.is_some() {
            return None;
        }
        let source = self.reader.source;
        let all = names(&path.path.segments);
        if let [name] = &all[..]
            && let Some(number) = scope.consts.get(name)
        {
            return Some(Literal::Integer(*number));
        }
        if let Found::Item(id) = source.find(scope.module, &path.path, Sort::Value) {
            let inner = Scope::new(id.module);
            return match source.item(id) {
                Item::Const(item) => self.literal(&inner, &item.expr),
                Item::Static(item) => self.literal(&inner, &item.expr),
                _ => None,
            };
        }
        let (last, before) = all.split_last()?;
        let owner = before.last().map(String::as_str);
        match (owner, last.as_str()) {
            (None, "None") => Some(Literal::None),
            (Some("Seconds" | "Duration"), "ZERO") => Some(Literal::Integer(0)),
            (Some("LogLevel"), "Error" | "Warning" | "Notice" | "Info" | "Debug") => {
                Some(Literal::Word(last.to_ascii_lowercase()))
            }
            (Some(number), "MAX" | "MIN") if before.len() == 1 => limit(number, last == "MAX").map(Literal::Integer),
            _ => {
                let id = match before {
                    [own] if own == "Self" => {
                        let own = scope.self_type.as_ref()?;
                        self.reader.local(&own.0, &own.1)?
                    }
                    _ => match source.follow(scope.module, before, Sort::Type, 32) {
                        Found::Item(id) => id,
                        Found::Elsewhere(_) => return None,
                    },
                };
                let item = source.item(id);
                let Item::Enum(all) = item else { return None };
                let variant = all.variants.iter().find(|variant| variant.ident == last.as_str())?;
                variant_name(&derive_input(item), &variant.ident).map(Literal::Word)
            }
        }
    }

    fn macro_call(&mut self, scope: &Scope, call: &ExprMacro) -> Option<Literal> {
        let name = call.mac.path.segments.last()?.ident.to_string();
        let arguments = call.mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated).ok()?;
        match name.as_str() {
            "vec" => self.list(scope, &arguments),
            "env" => match self.literal(scope, arguments.first()?)? {
                Literal::Text(name) => self.reader.env.get(&name).cloned().map(Literal::Text),
                _ => None,
            },
            "concat" => {
                let Literal::List(parts) = self.list(scope, &arguments)? else { return None };
                let text = |part: &Literal| match part {
                    Literal::Text(text) => Some(text.clone()),
                    Literal::Integer(number) => Some(number.to_string()),
                    _ => None,
                };
                parts.iter().map(text).collect::<Option<String>>().map(Literal::Text)
            }
            _ => None,
        }
    }
}

fn of_lit(lit: &Lit) -> Option<Literal> {
    Some(match lit {
        Lit::Bool(value) => Literal::Boolean(value.value),
        Lit::Int(value) if matches!(value.suffix(), "f32" | "f64") => Literal::Number(value.base10_parse().ok()?),
        Lit::Int(value) => Literal::Integer(value.base10_parse().ok()?),
        Lit::Float(value) => Literal::Number(value.base10_parse().ok()?),
        Lit::Str(value) => Literal::Text(value.value()),
        Lit::Char(value) => Literal::Text(value.value().to_string()),
        _ => return None,
    })
}

fn calculated(left: &Literal, op: &BinOp, right: &Literal) -> Option<Literal> {
    let (Literal::Integer(left), Literal::Integer(right)) = (left, right) else { return None };
    let shift = || u32::try_from(*right).ok().filter(|places| *places < 64);
    match op {
        BinOp::Add(_) => left.checked_add(*right),
        BinOp::Sub(_) => left.checked_sub(*right),
        BinOp::Mul(_) => left.checked_mul(*right),
        BinOp::Div(_) => left.checked_div(*right),
        BinOp::Shl(_) => left.checked_mul(1_i128.checked_shl(shift()?)?),
        _ => None,
    }
    .map(Literal::Integer)
}

/// `u16::MAX` and the like.
fn limit(name: &str, is_upper: bool) -> Option<i128> {
    let (min, max) = match name {
        "i8" => (i8::MIN.into(), i8::MAX.into()),
        "i16" => (i16::MIN.into(), i16::MAX.into()),
        "i32" => (i32::MIN.into(), i32::MAX.into()),
        "i64" => (i64::MIN.into(), i64::MAX.into()),
        "u8" => (0, u8::MAX.into()),
        "u16" => (0, u16::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        "u64" | "usize" => (0, u64::MAX.into()),
        _ => return None,
    };
    Some(if is_upper { max } else { min })
}
