// What a policy allows, after the IAM User Guide's "Policy evaluation logic", as far as the portal's templates use it:
// for what MiniStack does not enforce. An operator or key that is not known here is an error, never a "no".
import type { Json, JsonTable, Policy } from './template';

/** A request: what is done, to what, by whom, and what AWS knows about it. */
export interface Asked {
  readonly action: string;
  readonly resource?: string;
  /** `Principal` of a trust policy, as `Federated:arn`, `AWS:arn` or `Service:name`. */
  readonly principal?: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

const list = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)]);

/** Whether a text is like a pattern with `*` and `?`; `${*}` and `${?}` are those characters themselves. */
function isLike(pattern: string, text: string, context: Asked['context']): boolean {
  let expression = '';
  for (const [part, variable] of [...pattern.matchAll(/\$\{([^}]*)\}|[^]/g)].map((match): [string, string | undefined] => [match[0], match[1]])) {
    if (variable !== undefined) {
      const value = variable.length === 1 ? variable : context?.[variable];
      // A variable without a value matches nothing.
      if (typeof value !== 'string') return false;
      expression += escaped(value);
    } else {
      expression += part === '*' ? '[^]*' : part === '?' ? '[^]' : escaped(part);
    }
  }
  return new RegExp(`^${expression}$`).test(text);
}

const escaped = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function holds(condition: Json | undefined, asked: Asked): boolean {
  return Object.entries((condition ?? {}) as JsonTable).every(([operator, keys]) =>
    Object.entries(keys as JsonTable).every(([key, wanted]) => {
      const is = asked.context?.[key];
      const values = is === undefined ? [] : typeof is === 'string' ? [is] : is;
      const equal = (value: string) => list(wanted).includes(value);
      const like = (value: string) => list(wanted).some((pattern) => isLike(pattern, value, asked.context));
      switch (operator) {
        case 'StringEquals':
          return values.length > 0 && values.every(equal);
        case 'StringLike':
          return values.length > 0 && values.every(like);
        case 'ForAnyValue:StringLike':
          return values.some(like);
        default:
          throw new Error(`the operator ${operator} is not known here`);
      }
    }),
  );
}

function fits(statement: JsonTable, asked: Asked): boolean {
  const unknown = Object.keys(statement).filter((key) => !['Sid', 'Effect', 'Action', 'Resource', 'Principal', 'Condition'].includes(key));
  if (unknown.length > 0) throw new Error(`a statement says ${unknown.join(', ')}, which is not known here`);
  const principals = Object.entries((statement['Principal'] ?? {}) as JsonTable).flatMap(([kind, names]) => list(names).map((name) => `${kind}:${name}`));
  return (
    list(statement['Action']).some((action) => isLike(action.toLowerCase(), asked.action.toLowerCase(), undefined)) &&
    (statement['Resource'] === undefined || list(statement['Resource']).some((resource) => isLike(resource, asked.resource ?? '', asked.context))) &&
    (statement['Principal'] === undefined || principals.includes(asked.principal ?? '')) &&
    holds(statement['Condition'], asked)
  );
}

/** Whether a policy allows it: one statement does, and none denies it. */
export function allows(policy: Policy, asked: Asked): boolean {
  const fitting = policy.Statement.filter((statement) => fits(statement, asked));
  return fitting.some(({ Effect }) => Effect === 'Allow') && !fitting.some(({ Effect }) => Effect === 'Deny');
}
