/** A block of the page and the keys of the document that it shows. */
export interface Block {
  name: 'follow' | 'create' | 'responsible' | 'pipeline' | 'sources' | 'titles' | 'mapping' | 'transcript'
  fields: string[]
}

const BLOCKS: readonly Block[] = [
  { name: 'follow', fields: ['channels', 'filter', 'without_contacts'] },
  { name: 'create', fields: ['create'] },
  { name: 'responsible', fields: ['responsible', 'notify'] },
  { name: 'pipeline', fields: ['pipeline'] },
  { name: 'sources', fields: [] },
  { name: 'titles', fields: ['titles'] },
  { name: 'mapping', fields: ['mapping'] },
  { name: 'transcript', fields: ['transcript'] },
]

/** Where nothing is created nobody is asked for a responsible, a stage or a name. */
export function blocksOf(createsAnything: boolean, createsEntity: boolean): Block[] {
  return BLOCKS.filter(({ name }) => {
    if (name === 'pipeline' || name === 'sources') return createsEntity
    return createsAnything || (name !== 'responsible' && name !== 'titles')
  })
}
