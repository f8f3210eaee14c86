//! The OpenAPI document, made of the same list as the routes.

use beistand_protocol::desk::api::problem::{Problem, ProblemCode};
use beistand_protocol::desk::api::{FILE_NAME_HEADER, IDEMPOTENCY_HEADER, IF_MATCH_HEADER, PROBLEM_TYPE};
use beistand_protocol::desk::code::IdempotencyKey;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::path::{HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, Info, OpenApiBuilder, Ref, RefOr, Required, ResponseBuilder, ResponsesBuilder,
};
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// Anybody.
    Public,
    /// Anybody; a credential makes what is sent theirs.
    Either,
    /// Whoever has a linked app.
    App,
    /// A technician.
    Technician,
}

/// One thing that can be asked.
pub(super) struct Op {
    pub(super) path: String,
    method: HttpMethod,
    operation: OperationBuilder,
    responses: BTreeMap<u16, (String, Option<Body>)>,
    problems: BTreeSet<u16>,
    schemas: Vec<(String, RefOr<Schema>)>,
}

/// What an answer holds: media type and schema.
type Body = (&'static str, RefOr<Schema>);

fn named<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) -> RefOr<Schema> {
    T::schemas(schemas);
    schemas.push((T::name().into_owned(), T::schema()));
    RefOr::Ref(Ref::from_schema_name(T::name()))
}

fn binary() -> RefOr<Schema> {
    let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
}

fn header(name: &str, required: bool, what: &str, schema: RefOr<Schema>) -> Parameter {
    let required = if required { Required::True } else { Required::False };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(what))
        .schema(Some(schema))
        .build()
}

impl Op {
    fn new(method: HttpMethod, path: &str, lane: Lane, id: &str, summary: &str) -> Self {
        let operation = OperationBuilder::new().operation_id(Some(id)).summary(Some(summary));
        let no_scopes: [String; 0] = [];
        let (operation, problems) = match lane {
            Lane::Public => (operation, vec![]),
            Lane::Either => {
                let either = ["linkedApp", "technician"].map(|name| SecurityRequirement::new(name, no_scopes.clone()));
                let none = SecurityRequirement::default();
                (operation.securities(Some(either.into_iter().chain([none]))), vec![ProblemCode::Unauthenticated])
            }
            Lane::App => (
                operation.security(SecurityRequirement::new("linkedApp", no_scopes)),
                vec![ProblemCode::Unauthenticated],
            ),
            Lane::Technician => (
                operation.security(SecurityRequirement::new("technician", no_scopes)),
                vec![ProblemCode::Unauthenticated],
            ),
        };
        let op = Self {
            path: path.to_owned(),
            method,
            operation,
            responses: BTreeMap::new(),
            problems: BTreeSet::new(),
            schemas: Vec::new(),
        };
        op.refuses(&problems)
    }

    pub(super) fn get(path: &str, lane: Lane, id: &str, summary: &str) -> Self {
        Self::new(HttpMethod::Get, path, lane, id, summary)
    }

    pub(super) fn delete(path: &str, lane: Lane, id: &str, summary: &str) -> Self {
        Self::new(HttpMethod::Delete, path, lane, id, summary)
    }

    pub(super) fn put(path: &str, lane: Lane, id: &str, summary: &str) -> Self {
        Self::new(HttpMethod::Put, path, lane, id, summary)
    }

    /// A `POST` that is done once however often it is sent.
    pub(super) fn post(path: &str, lane: Lane, id: &str, summary: &str) -> Self {
        let mut op = Self::new(HttpMethod::Post, path, lane, id, summary);
        let what = "The same key with the same request has the same answer, for 72 hours.";
        op.operation = op.operation.parameter(header(IDEMPOTENCY_HEADER, true, what, IdempotencyKey::schema()));
        op.refuses(&[ProblemCode::Malformed, ProblemCode::KeyReused])
    }

    /// A `POST` that writes nothing.
    pub(super) fn post_freely(path: &str, lane: Lane, id: &str, summary: &str) -> Self {
        Self::new(HttpMethod::Post, path, lane, id, summary)
    }

    pub(super) fn path<T: ToSchema>(mut self, name: &str) -> Self {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True);
        let schema = named::<T>(&mut self.schemas);
        self.operation = self.operation.parameter(parameter.schema(Some(schema)).build());
        self.refuses(&[ProblemCode::NotFound])
    }

    pub(super) fn query<T: IntoParams>(mut self) -> Self {
        self.operation = T::into_params(|| Some(ParameterIn::Query))
            .into_iter()
            .fold(self.operation, |operation, parameter| operation.parameter(parameter));
        self.refuses(&[ProblemCode::Malformed])
    }

    /// A type that a query names.
    pub(super) fn names<T: ToSchema>(mut self) -> Self {
        named::<T>(&mut self.schemas);
        self
    }

    pub(super) fn json<T: ToSchema>(mut self) -> Self {
        let schema = named::<T>(&mut self.schemas);
        let body = RequestBodyBuilder::new().content("application/json", Content::new(Some(schema)));
        self.operation = self.operation.request_body(Some(body.required(Some(Required::True)).build()));
        self.refuses(&[ProblemCode::Malformed, ProblemCode::TooLarge])
    }

    /// The body is a file.
    pub(super) fn file(mut self) -> Self {
        let body = RequestBodyBuilder::new().content("application/octet-stream", Content::new(Some(binary())));
        let what = "The file's name, percent-encoded UTF-8.";
        let name = ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(4096))
            .pattern(Some("^([!-$&-~]|%[0-7][0-9A-Fa-f])*$"));
        self.operation = self
            .operation
            .parameter(header(FILE_NAME_HEADER, false, what, name.into()))
            .request_body(Some(body.required(Some(Required::True)).build()));
        self.refuses(&[ProblemCode::FileRefused, ProblemCode::Throttled])
    }

    /// The version that the sender saw.
    pub(super) fn version(mut self, needed: bool) -> Self {
        let version = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^\"[0-9]{1,9}\"$"));
        let what = "The version of the ticket that the sender saw, as in the header ETag.";
        self.operation = self.operation.parameter(header(IF_MATCH_HEADER, needed, what, version.into()));
        let refuses = self.refuses(&[ProblemCode::VersionConflict, ProblemCode::Refused]);
        if needed { refuses.refuses(&[ProblemCode::VersionRequired]) } else { refuses }
    }

    pub(super) fn answers<T: ToSchema>(mut self, status: u16, what: &str) -> Self {
        let schema = named::<T>(&mut self.schemas);
        self.responses.insert(status, (what.to_owned(), Some(("application/json", schema))));
        self
    }

    pub(super) fn answers_nothing(mut self) -> Self {
        self.responses.insert(204, (String::from("Done."), None));
        self
    }

    pub(super) fn answers_file(mut self) -> Self {
        self.responses.insert(200, (String::from("The file, to be saved."), Some(("*/*", binary()))));
        self
    }

    pub(super) fn refuses(mut self, codes: &[ProblemCode]) -> Self {
        self.problems.extend(codes.iter().map(|code| code.status()));
        self
    }
}

/// The document as it grows.
#[derive(Default)]
pub(super) struct Document {
    paths: Paths,
    schemas: BTreeMap<String, RefOr<Schema>>,
}

impl Document {
    pub(super) fn add(&mut self, op: Op) {
        let mut schemas = op.schemas;
        let problem = named::<Problem>(&mut schemas);
        self.schemas.extend(schemas);
        let mut responses = ResponsesBuilder::new();
        for (status, (what, content)) in op.responses {
            let response = ResponseBuilder::new().description(what);
            let response = match content {
                Some((media_type, schema)) => response.content(media_type, Content::new(Some(schema))),
                None => response,
            };
            responses = responses.response(status.to_string(), response.build());
        }
        for status in op.problems {
            let response = ResponseBuilder::new().description("Why not.");
            let response = response.content(PROBLEM_TYPE, Content::new(Some(problem.clone())));
            responses = responses.response(status.to_string(), response.build());
        }
        let operation = op.operation.responses(responses.build()).build();
        self.paths.add_path_operation(op.path, vec![op.method], operation);
    }

    /// The whole document.
    pub(super) fn finish(self) -> String {
        let bearer = |what: &str| {
            let mut http = Http::new(HttpAuthScheme::Bearer);
            http.description = Some(what.to_owned());
            SecurityScheme::Http(http)
        };
        let components = ComponentsBuilder::new()
            .schemas_from_iter(self.schemas)
            .security_scheme("linkedApp", bearer("The token of a linked app: bl_…"))
            .security_scheme("technician", bearer("A technician's token for an hour: bt_…"))
            .build();
        let mut info = Info::new("Beistand: the ticket desk", env!("CARGO_PKG_VERSION"));
        info.description = Some(String::from(
            "Customers file and follow tickets, technicians answer them. Refusals are problems as in RFC 9457.",
        ));
        let document = OpenApiBuilder::new().info(info).paths(self.paths).components(Some(components)).build();
        document.to_json().unwrap_or_default()
    }
}
